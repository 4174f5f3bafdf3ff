"""Small checkpoints as the libraries that people use write them, and those libraries' own tokens and logits.

    python make_checkpoints.py [NAME ...]

Each lies in numbers/checkpoints/NAME, with `expected.safetensors`: the tokens of the two images in
numbers/checkpoints/images.safetensors, [tokens][width] each, and logits where the model has a classifier. Weights are random,
and such that every parameter matters; most are rounded to float16 and kept so, and the library runs on the rounded ones.
"""

import json
import shutil
import sys
import types

import numpy as np
import torch
from safetensors.torch import save_file

from files import NUMBERS, pixels, write

FOLDER = NUMBERS / "checkpoints"
PATCH = 8
#: height and width of the images: the stored grid's own, and one that is not square
SIZES = {"square": (32, 32), "wide": (24, 48)}
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SMALL = dict(hidden_size=32, num_attention_heads=4, num_hidden_layers=2, image_size=32, patch_size=PATCH)

torch.set_grad_enabled(False)


def images() -> dict:
    return {name: pixels(index, 1, height, width) for index, (name, (height, width)) in enumerate(SIZES.items())}


def normalized(image: torch.Tensor, colors=IMAGENET) -> torch.Tensor:
    mean, std = (torch.tensor(part).view(1, 3, 1, 1) for part in colors)
    return (image.permute(0, 3, 1, 2) / 255 - mean) / std


def shaken(model: torch.nn.Module, seed: int, half: bool = True) -> torch.nn.Module:
    """Random weights of about unit gain everywhere, rounded to float16."""
    random = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=random)
        last = name.split(".")[-1]
        if last in ("gamma", "lambda1"):
            value = 0.5 + 0.2 * noise
        elif parameter.ndim == 1:
            value = (1 if last == "weight" else 0) + 0.2 * noise
        elif "pos" in last or "token" in last:
            value = 0.5 * noise
        else:
            value = noise / parameter.shape[1:].numel() ** 0.5
        parameter.copy_(value.half().float() if half else value)
    return model.eval()


def halves(state: dict) -> dict:
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def folder(name: str):
    path = FOLDER / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def expect(name: str, run, only=tuple(SIZES)) -> None:
    """`run` gives tokens [1][tokens][width], or these and logits, for normalized images."""
    numbers = {}
    for size, image in images().items():
        if size not in only:
            continue
        given = run(image)
        tokens, logits = given if isinstance(given, tuple) else (given, None)
        numbers[size] = tokens[0].float()
        if logits is not None:
            numbers[f"{size}.logits"] = logits[0].float()
    write(f"checkpoints/{name}/expected.safetensors", numbers)


def config_of(model, path) -> None:
    (path / "config.json").write_text(json.dumps(json.loads(model.config.to_json_string()), indent=1) + "\n")


def hugging_face(model, name: str, seed: int, backbone=lambda model: model, memory=False, **interpolate) -> None:
    shaken(model, seed)
    path = folder(name)
    if memory:
        torch.save(halves(model.state_dict()), path / "pytorch_model.bin")
        config_of(model, path)
    else:
        model.half().save_pretrained(path)
        model.float()

    def run(image):
        tokens = backbone(model)(normalized(image), **interpolate).last_hidden_state
        return (tokens, model(normalized(image), **interpolate).logits) if backbone(model) is not model else tokens

    expect(name, run)


def dinov2_memory(name):
    """transformers 5: the names of `state_dict()` are not those that `save_pretrained` writes."""
    from transformers import Dinov2Config, Dinov2Model

    hugging_face(Dinov2Model(Dinov2Config(**SMALL, mlp_ratio=2)), name, 1, memory=True)


def dinov2_memory_swiglu(name):
    from transformers import Dinov2WithRegistersConfig, Dinov2WithRegistersModel

    model = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**SMALL, mlp_ratio=2, use_swiglu_ffn=True, num_register_tokens=2))
    hugging_face(model, name, 2, memory=True)


CASES = {
    "transformers5-memory": dinov2_memory,
    "transformers5-memory-swiglu": dinov2_memory_swiglu,
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("checkpoints/images.safetensors", images())
    for name, make in CASES.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            make(name)
    print(sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()), "bytes")


if __name__ == "__main__":
    main()
