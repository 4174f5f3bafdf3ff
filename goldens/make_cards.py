"""Small checkpoints whose tensors do not say what their network is: heads, epsilon, activation, positions, normalization.

    python make_cards.py

numbers/cards has a Dinov2Model of transformers (16 heads of 2, epsilon 1e-3) with the configurations of itself and of models that
are composed with it; a vision transformer of timm, as `save_for_hf` writes it, whose 16 heads are known by the name of its
architecture alone; a student and a teacher in one file; and what those libraries make of the two images of numbers/checkpoints.
"""

import json
import tempfile
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from timm.models._hub import save_for_hf
from transformers import Dinov2Config, Dinov2Model, DPTConfig, Mask2FormerConfig

from files import NUMBERS, write
from make_checkpoints import SMALL, halves, images, normalized, shaken

FOLDER = NUMBERS / "cards"
HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
ACTIVATIONS = ("gelu", "gelu_pytorch_tanh", "quick_gelu", "silu", "relu")
MINE = {**SMALL, "num_attention_heads": 16, "layer_norm_eps": 1e-3, "mlp_ratio": 2}

torch.set_grad_enabled(False)


def tokens(run) -> dict:
    return {size: run(image)[0].float() for size, image in images().items()}


def plain(config) -> dict:
    return json.loads(config.to_json_string())


def dinov2(seed: int, **changes) -> Dinov2Model:
    return shaken(Dinov2Model(Dinov2Config(**MINE, **changes)), seed)


def hugging_face() -> dict:
    """One set of weights by all activations; the configurations of it and around it."""
    expected = {}
    for activation in ACTIVATIONS:
        model = dinov2(1, hidden_act=activation)
        for size, numbers in tokens(lambda image: model(normalized(image)).last_hidden_state).items():
            expected[f"{activation}.{size}"] = numbers
    with tempfile.TemporaryDirectory() as temporary:
        model.half().save_pretrained(temporary)
        (FOLDER / "huggingface.safetensors").write_bytes((Path(temporary) / "model.safetensors").read_bytes())
    backbone = Dinov2Config(**MINE, out_indices=[1, 2], reshape_hidden_states=False)
    dpt = plain(DPTConfig(backbone_config=backbone, neck_hidden_sizes=[8, 8, 8, 8], patch_size=SMALL["patch_size"]))
    assert dpt["num_attention_heads"] != MINE["num_attention_heads"], "the top should speak of another part"
    nulls = {key: None if key in MINE else value for key, value in dpt.items()}
    mask2former = plain(Mask2FormerConfig(backbone_config=backbone))
    keep = ("model_type", "hidden_size", "num_attention_heads", "num_hidden_layers", "layer_norm_eps", "hidden_act", "patch_size", "backbone_config")
    configs = {"own": plain(Dinov2Config(**MINE)), "dpt": dpt, "dpt-nulls": nulls, "mask2former": mask2former}
    (FOLDER / "configs.json").write_text(
        json.dumps({name: {key: config[key] for key in keep if key in config} for name, config in configs.items()}, indent=1) + "\n"
    )
    return {f"huggingface.{name}": numbers for name, numbers in expected.items()}


def two() -> dict:
    """A student and a teacher in one file, as self-supervised training keeps them."""
    student, teacher = dinov2(2), dinov2(3)
    state = {
        "student": {f"backbone.{name}": value for name, value in halves(student.state_dict()).items()},
        "teacher": {f"backbone.{name}": value for name, value in halves(teacher.state_dict()).items()},
    }
    torch.save(state, FOLDER / "two.pth")
    made = {}
    for name, model in (("student", student), ("teacher", teacher)):
        for size, numbers in tokens(lambda image: model(normalized(image)).last_hidden_state).items():
            made[f"{name}.{size}"] = numbers
    return made


def timm_hub() -> dict:
    model = timm.create_model(
        "vit_huge_patch14_224", num_classes=0, patch_size=8, img_size=32, embed_dim=32, depth=2, mlp_ratio=2, dynamic_img_size=True
    )
    shaken(model, 4)
    save_file(halves(model.state_dict()), FOLDER / "timm.safetensors")
    with tempfile.TemporaryDirectory() as temporary:
        save_for_hf(model, temporary, safe_serialization=True)
        config = json.loads((Path(temporary) / "config.json").read_text())
    (FOLDER / "timm.json").write_text(json.dumps(config, indent=1) + "\n")
    made = {f"timm.{size}": numbers for size, numbers in tokens(lambda image: model.forward_features(normalized(image, HALVES))).items()}
    assert config["pretrained_cfg"]["mean"] == list(HALVES[0]) and model.blocks[0].attn.num_heads == 16
    return made


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("cards/expected.safetensors", {**hugging_face(), **two(), **timm_hub()})
    print(sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()), "bytes")


if __name__ == "__main__":
    main()
