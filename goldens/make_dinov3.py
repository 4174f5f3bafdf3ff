"""Small checkpoints of DINOv3's network by Meta's own code, transformers and timm, and what each library makes of two images.

    python make_dinov3.py [NAME ...]

Each lies in numbers/dinov3/NAME: `model.safetensors`, what stands beside it in its library's folders, and `expected.safetensors`: the
tokens of the images in numbers/checkpoints/images.safetensors, [tokens][width] each; of one also layers, attention, queries, keys and
values; of one by transformers `photograph.safetensors` too: the tokens of an image that its processor prepares; of both by transformers
`gradients.safetensors`: of mean(class token * a) + mean(patches * b) by every parameter, by transformers'
names, of the image `wide`, with a and b (`cls`, `patches`). Weights are random, such that every parameter matters, and rounded to float16.

Meta's code is the copy that the wheel of lightly-train carries.
"""

import copy
import json
import shutil
import sys
from functools import partial

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from files import NUMBERS, write
from make_checkpoints import PATCH, halves, images, normalized, shaken

FOLDER = NUMBERS / "dinov3"
DIM, HEADS, DEPTH, REGISTERS = 16, 2, 2, 4
#: of Meta's: with heads of 12 there are periods that bfloat16 rounds
META_DIM = 24
EPS = 1e-5
#: not square; the same in unrounded-images.test.ts
PHOTOGRAPH = Image.fromarray(((np.arange(90 * 140 * 3) * 31) % 251).astype(np.uint8).reshape(90, 140, 3))

torch.set_grad_enabled(False)


def folder(name: str):
    target = FOLDER / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    return target


def save(name: str, state: dict, **beside: dict) -> None:
    target = folder(name)
    save_file({key: value.contiguous() for key, value in state.items()}, target / "model.safetensors")
    for file, content in beside.items():
        (target / f"{file}.json").write_text(json.dumps(content, indent=1) + "\n")


def meta(name: str, ffn: str, rounded: bool, seed: int) -> None:
    from lightly_train._models.dinov3.dinov3_src.models.vision_transformer import DinoVisionTransformer

    model = DinoVisionTransformer(
        img_size=32, patch_size=PATCH, embed_dim=META_DIM, depth=DEPTH, num_heads=HEADS, ffn_ratio=2, ffn_layer=ffn,
        n_storage_tokens=REGISTERS, mask_k_bias=True, layerscale_init=1e-5, norm_layer="layernormbf16",
        pos_embed_rope_dtype="fp32", untie_global_and_local_cls_norm=rounded,
    )
    model.init_weights()
    shaken(model, seed)
    if rounded:
        periods = model.rope_embed.periods
        periods.copy_(periods.bfloat16().float())
    tokens = {}
    for size, image in images().items():
        out = model.forward_features(normalized(image))
        tokens[size] = torch.cat([out["x_norm_clstoken"][:, None], out["x_storage_tokens"], out["x_norm_patchtokens"]], 1)[0]
    state = model.state_dict()
    exact = {key: state[key] for key in state if key.startswith("rope_embed")}
    save(name, {**halves(state), **exact})
    write(f"dinov3/{name}/expected.safetensors", tokens)


def huggingface(name: str, gated: bool, in_memory: bool, seed: int) -> None:
    from transformers import DINOv3ViTConfig, DINOv3ViTImageProcessor, DINOv3ViTModel

    config = DINOv3ViTConfig(
        image_size=32, patch_size=PATCH, hidden_size=DIM, intermediate_size=32, num_hidden_layers=DEPTH, num_attention_heads=HEADS,
        num_register_tokens=REGISTERS, use_gated_mlp=gated, hidden_act="silu" if gated else "gelu", attn_implementation="eager",
    )
    model = shaken(DINOv3ViTModel(config), seed)
    target = folder(name)
    # A copy: the rotations' frequencies are no part of the state, and would stay rounded in `.half().float()`.
    copy.deepcopy(model).half().save_pretrained(target)
    DINOv3ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(target)
    if in_memory:
        save_file(halves(model.state_dict()), target / "model.safetensors")
    expected = {}
    facets = {}
    block = model.get_submodule("model.layer.1" if hasattr(model, "model") else "layer.1").attention
    for facet in ("q", "k", "v"):
        block.get_submodule(f"{facet}_proj").register_forward_hook(
            lambda module, given, out, facet=facet: facets.__setitem__({"q": "query", "k": "key", "v": "value"}[facet], out[0].clone())
        )
    for size, image in images().items():
        out = model(pixel_values=normalized(image), output_hidden_states=True, output_attentions=True)
        expected[size] = out.last_hidden_state[0]
        if in_memory:
            continue
        expected |= {f"{size}.raw1": out.hidden_states[1][0], f"{size}.attention2": out.attentions[1][0]}
        expected |= {f"{size}.{facet}2": value for facet, value in facets.items()}
    write(f"dinov3/{name}/expected.safetensors", expected)
    if not in_memory:
        pixels = DINOv3ViTImageProcessor.from_pretrained(target)(PHOTOGRAPH, return_tensors="pt")["pixel_values"]
        write(f"dinov3/{name}/photograph.safetensors", {"tokens": model(pixel_values=pixels).last_hidden_state[0]})
    gradients(name, model, images()["wide"])


def gradients(name: str, model, image) -> None:
    """The gradient of every parameter, in float32."""
    generator = torch.Generator().manual_seed(7)
    with torch.enable_grad():
        tokens = model.requires_grad_()(pixel_values=normalized(image)).last_hidden_state
        cls, patches = tokens[:, 0], tokens[:, 1 + REGISTERS :]
        weights = {"cls": torch.randn(cls.shape, generator=generator), "patches": torch.randn(patches.shape, generator=generator)}
        loss = (cls * weights["cls"]).mean() + (patches * weights["patches"]).mean()
        loss.backward()
    found = {key: value.grad for key, value in model.named_parameters() if value.grad is not None}
    model.requires_grad_(False)
    write(f"dinov3/{name}/gradients.safetensors", {**found, **weights, "loss": loss.detach()[None]})


def timm(name: str, gated: bool, biased: bool, seed: int) -> None:
    from timm.layers import LayerNorm
    from timm.models.eva import Eva

    arguments = dict(
        img_size=32, patch_size=PATCH, embed_dim=DIM, depth=DEPTH, num_heads=HEADS, mlp_ratio=3, qkv_bias=biased, init_values=1e-5,
        rope_type="dinov3", rope_temperature=100, rope_rotate_half=True, use_rot_pos_emb=True, use_abs_pos_emb=False,
        num_reg_tokens=REGISTERS, use_fc_norm=False, dynamic_img_size=True, num_classes=0,
    )
    if gated:
        arguments |= dict(swiglu_mlp=True, swiglu_align_to=8)
    model = shaken(Eva(**arguments, norm_layer=partial(LayerNorm, eps=EPS)), seed)
    architecture = "vit_small_plus_patch16_dinov3" if gated else "vit_small_patch16_dinov3_qkvb"
    config = {
        "architecture": architecture,
        "num_classes": 0,
        "global_pool": "avg",
        "model_args": {"img_size": 32, "patch_size": PATCH, "embed_dim": DIM, "depth": DEPTH, "num_heads": HEADS, "mlp_ratio": 3},
        "pretrained_cfg": {
            "input_size": [3, 32, 32], "interpolation": "bicubic", "crop_pct": 1.0,
            "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
        },
    }
    save(name, halves(model.state_dict()), config=config)
    write(f"dinov3/{name}/expected.safetensors", {size: model.forward_features(normalized(image))[0] for size, image in images().items()})


MAKERS = {
    "meta": partial(meta, ffn="mlp", rounded=True, seed=1),
    "meta-swiglu": partial(meta, ffn="swiglu", rounded=False, seed=2),
    "huggingface": partial(huggingface, gated=False, in_memory=False, seed=3),
    "huggingface-gated": partial(huggingface, gated=True, in_memory=True, seed=4),
    "timm-biased": partial(timm, gated=False, biased=True, seed=5),
    "timm-swiglu": partial(timm, gated=True, biased=False, seed=6),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MAKERS:
        MAKERS[name](name)
