"""Small checkpoints in the forms of backbones of other fields, and the vector by which their makers have them stand for an image.

    python make_fields.py

numbers/fields/NAME has weights of RAD-DINO (transformers), UNI, UNI2-h, Virchow, Virchow2 and H-optimus-0 (timm): the libraries'
own networks with the arguments of their model cards, narrower and with two blocks; the configuration in the form that their
repositories have; and `expected.safetensors`: tokens and embeddings of the two images of numbers/checkpoints. Sources of arguments,
colors and pooling: the model cards of microsoft/rad-dino, MahmoodLab/UNI and UNI2-h, paige-ai/Virchow and Virchow2, bioptimus/H-optimus-0.
"""

import json
import shutil

import timm
import torch
from safetensors.torch import save_file
from timm.layers import SwiGLUPacked
from transformers import Dinov2Config, Dinov2Model

from files import NUMBERS, write
from make_checkpoints import IMAGENET, SMALL, halves, images, normalized, shaken

FOLDER = NUMBERS / "fields"
NARROW = dict(patch_size=8, img_size=32, embed_dim=16, depth=2, num_classes=0, dynamic_img_size=True)
PACKED = dict(mlp_layer=SwiGLUPacked, act_layer=torch.nn.SiLU)
#: SwiGLUPacked needs an even width inside, which 2.66667 * 2 and 5.3375 give at the real width alone
EVEN = 5.5
HISTOLOGY = ((0.707223, 0.578729, 0.703617), (0.211883, 0.230117, 0.177517))
X_RAYS = ((0.5307,) * 3, (0.2583,) * 3)

torch.set_grad_enabled(False)


def class_and_mean(registers: int):
    """paige-ai's model cards: the class token, and the mean of the patches without the registers."""
    return lambda model, image: torch.cat([model(image)[:, 0], model(image)[:, 1 + registers :].mean(1)], -1)


def own(model, image):
    """What the model itself gives for an image."""
    return model(image)


#: architecture, arguments in code, those of them that are in the repository's configuration, colors, the embedding
TIMM = {
    "uni": ("vit_large_patch16_224", dict(init_values=1.0), None, IMAGENET, own),
    "uni2-h": (
        "vit_giant_patch14_224",
        dict(num_heads=4, init_values=1e-5, mlp_ratio=EVEN, no_embed_class=True, reg_tokens=8, **PACKED),
        None,
        IMAGENET,
        own,
    ),
    "virchow": ("vit_huge_patch14_224", dict(init_values=1e-5, mlp_ratio=EVEN, global_pool="", **PACKED), dict(mlp_ratio=EVEN), IMAGENET, class_and_mean(0)),
    "virchow2": (
        "vit_huge_patch14_224",
        dict(init_values=1e-5, mlp_ratio=EVEN, global_pool="", reg_tokens=4, **PACKED),
        dict(mlp_ratio=EVEN, reg_tokens=4),
        IMAGENET,
        class_and_mean(4),
    ),
    "h-optimus-0": ("vit_giant_patch14_reg4_dinov2", dict(init_values=1e-5, global_pool="token", num_heads=4, mlp_ratio=EVEN), None, HISTOLOGY, own),
}


def folder(name: str):
    path = FOLDER / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def expect(name: str, colors, tokens, embedding) -> None:
    numbers = {}
    for size, image in images().items():
        given = normalized(image, colors)
        numbers[size] = tokens(given)[0].float()
        numbers[f"{size}.embedding"] = embedding(given)[0].float()
    write(f"fields/{name}/expected.safetensors", numbers)


def timm_form(name: str, seed: int) -> None:
    architecture, arguments, configured, (mean, std), embedding = TIMM[name]
    model = shaken(timm.create_model(architecture, **NARROW, **arguments), seed)
    path = folder(name)
    save_file(halves(model.state_dict()), path / "model.safetensors")
    # H-optimus-0's colors are in its model card: what its configuration says is not known here.
    said = IMAGENET if name == "h-optimus-0" else (mean, std)
    config = {
        "architecture": architecture,
        **({} if configured is None else {"model_args": {"img_size": 32, "init_values": 1e-5, "embed_dim": 16, "global_pool": "", **configured}}),
        "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0, "interpolation": "bilinear" if name == "uni" else "bicubic", "mean": said[0], "std": said[1]},
    }
    (path / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    expect(name, (mean, std), model.forward_features, lambda image: embedding(model, image))


def rad_dino() -> None:
    model = shaken(Dinov2Model(Dinov2Config(**{**SMALL, "hidden_size": 16}, mlp_ratio=2)), 60)
    path = folder("rad-dino")
    model.half().save_pretrained(path)
    model.float()
    processor = {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 32},
        "crop_size": {"height": 32, "width": 32},
        "image_mean": X_RAYS[0],
        "image_std": X_RAYS[1],
        "resample": 3,
    }
    (path / "preprocessor_config.json").write_text(json.dumps(processor, indent=1) + "\n")
    expect("rad-dino", X_RAYS, lambda image: model(image).last_hidden_state, lambda image: model(image).pooler_output)


def main() -> None:
    for seed, name in enumerate(TIMM):
        timm_form(name, 61 + seed)
    rad_dino()
    print(sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()), "bytes")


if __name__ == "__main__":
    main()
