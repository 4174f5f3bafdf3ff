"""Every form of checkpoint at real shapes: written by the library that people write it by, opened by dinokit, compared.

    python real_shapes.py [WORD ...]

Needs what requirements.txt has, and `npx tsx` in the repository. Of each row of `FORMS` a file is made with random weights in a
temporary folder, the library computes the tokens of an image, dinokit opens the file
(../benchmarks/src/open-form.ts), and what became of it is added to real-shapes.jsonl in the working folder, which
also says what need not be done again; files are deleted at once. WORDs select rows by what their names hold,
`--part 1/2` every second one. `python real_shapes.py --table` prints the page's table of what is there.
"""

import argparse
import contextlib
import copy
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from timm.models._hub import save_for_hf
from timm.models.vision_transformer import VisionTransformer

from files import pixels
from make_checkpoints import IMAGENET, extras, halves, normalized, shaken

HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
ROOT = Path(__file__).parent.parent
RESULTS = Path("real-shapes.jsonl")
FORMS: dict = {}
#: opened again with these options
SAID = dict(interpolation="antialias", mean=HALVES[0], std=HALVES[1])
WORK = Path(tempfile.mkdtemp())
OPENER = [ROOT / "node_modules/.bin/tsx", ROOT / "benchmarks/src/open-form.ts"]
DINOKIT = subprocess.Popen(OPENER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)


def form(name: str):
    """A row: the function gets a folder and gives (path, expected or None, more)."""

    def add(make):
        FORMS[name] = make
        return make

    return add


def image(width=224, height=224, channels=3) -> torch.Tensor:
    return torch.cat([pixels(7 + index, 1, height, width) for index in range((channels + 2) // 3)], -1)[..., :channels].contiguous()


def opened(path, width, height, options, classify, channels) -> tuple:
    (WORK / "pixels").write_bytes(image(width, height, channels).numpy().tobytes())
    out = WORK / "out"
    out.unlink(missing_ok=True)
    wanted = dict(model=str(path), pixels=str(WORK / "pixels"), width=width, height=height, channels=channels, out=str(out), options=options, classify=classify)
    DINOKIT.stdin.write(json.dumps(wanted) + "\n")
    DINOKIT.stdin.flush()
    return json.loads(DINOKIT.stdout.readline()), np.fromfile(out, np.float32) if out.exists() else None


def check(name: str) -> dict:
    folder = WORK / "made"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path, expected, more = FORMS[name](folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    said, got = opened(path, *more.get("size", (224, 224)), more.get("options", {}), more.get("classify", False), more.get("channels", 3))
    row = {"form": name, "bytes": size, "peak": said["peak"], "seconds": said.get("seconds")} if "peak" in said else {"form": name, "bytes": size}
    if got is None:
        return {**row, "outcome": "refused", "right": expected is None and said["code"] != "CRASHED", "code": said["code"], "message": said["message"].replace(str(WORK), "")}
    if expected is None:
        return {**row, "outcome": "OPENED", "right": False}
    expected = torch.cat([part.flatten().float() for part in expected]).numpy() if isinstance(expected, tuple) else expected.flatten().float().numpy()
    if got.shape != expected.shape:
        return {**row, "outcome": f"SHAPE {got.shape} for {expected.shape}", "right": False}
    difference = float(np.abs(got - expected).max())
    tolerance = more.get("tolerance", 1e-4)
    return {**row, "outcome": "equal" if difference <= tolerance else "DIFFERS", "right": difference <= tolerance, "max": difference}


# timm


def timm_made(name="vit_small_patch14_dinov2", **options):
    return shaken(timm.create_model(name, pretrained=False, **{"num_classes": 0, **options}), 3, half=False)


def colors_of(model):
    return model.pretrained_cfg["mean"], model.pretrained_cfg["std"]


def timm_tokens(model, width=224, height=224, colors=None):
    tokens = model.forward_features(normalized(image(width, height), colors or colors_of(model)))
    if model.cls_token is None:
        tokens = torch.cat([model.forward_head(tokens, pre_logits=True)[:, None], tokens], 1)
    if model.num_classes > 0:
        return tokens, model(normalized(image(width, height), colors or colors_of(model)))
    return tokens


def hub(architecture, size=(224, 224), refused=False, classify=False, **options):
    def make(folder):
        model = timm_made(architecture, **options)
        save_for_hf(model, folder, safe_serialization=True)
        return folder, None if refused else timm_tokens(model, *size), dict(size=size, classify=model.num_classes > 0 or classify)

    return make


def bare(architecture, size=(224, 224), card=None, refused=False, colors=None, suffix="safetensors", **options):
    def make(folder):
        model = timm_made(architecture, **options) if isinstance(architecture, str) else shaken(architecture(**options), 3, half=False)
        path = folder / f"model.{suffix}"
        save_file(model.state_dict(), path) if suffix == "safetensors" else torch.save(model.state_dict(), path)
        return path, None if refused else timm_tokens(model, *size, colors), dict(size=size, options={"card": card} if card else {})

    return make


def many_channels(channels):
    """Of raw pixels; mean and std of each channel are in the hub's configuration."""

    def make(folder):
        model = timm_made("vit_small_patch16_224", in_chans=channels)
        save_for_hf(model, folder, safe_serialization=True)
        given = (image(channels=channels) / 255 - 0.5) / 0.5
        return folder, model.forward_features(given.permute(0, 3, 1, 2)), dict(channels=channels)

    return make


DINOV2 = dict(heads=6, interpolation="antialias", mean=IMAGENET[0], std=IMAGENET[1])
DYNAMIC = dict(dynamic_img_size=True)
for size in ((518, 518), (224, 224), (280, 196)):
    FORMS[f"timm dinov2 S, hub folder, {size[0]}x{size[1]}"] = hub("vit_small_patch14_dinov2", size, **DYNAMIC)
FORMS.update(
    {
        "timm dinov2 S, bare": bare("vit_small_patch14_dinov2", refused=True),
        "timm dinov2 S, bare, with --card": bare("vit_small_patch14_dinov2", card=DINOV2, **DYNAMIC),
        "timm dinov2 S, img_size=224, bare, with --card": bare("vit_small_patch14_dinov2", card=DINOV2, img_size=224),
        "timm dinov2 S, .pth, with --card": bare("vit_small_patch14_dinov2", card=DINOV2, suffix="pth", **DYNAMIC),
        "timm dinov2 B, hub folder": hub("vit_base_patch14_dinov2", **DYNAMIC),
        "timm dinov2 S reg4, hub folder": hub("vit_small_patch14_reg4_dinov2", **DYNAMIC),
        "timm dinov2 S reg4, 10 classes: tokens and logits": hub("vit_small_patch14_reg4_dinov2", num_classes=10, **DYNAMIC),
        "timm dinov2 S, global_pool=avg, 10 classes: tokens and logits": hub("vit_small_patch14_dinov2", num_classes=10, global_pool="avg", **DYNAMIC),
        "timm dinov2 giant's SwiGLU (12 x 384), hub folder": hub("vit_giant_patch14_dinov2", depth=12, embed_dim=384, num_heads=6, **DYNAMIC),
        "timm vit_base_patch16_224.augreg, hub folder": hub("vit_base_patch16_224.augreg_in1k"),
        "timm vit_base_patch16_224, 1000 classes: tokens and logits": hub("vit_base_patch16_224", num_classes=1000),
        "timm vit_small_patch16_224.dino, hub folder": hub("vit_small_patch16_224.dino"),
        "timm deit_small, hub folder": hub("deit_small_patch16_224"),
        "timm deit_small, bare": bare("deit_small_patch16_224", refused=True),
        "timm deit_small distilled, hub folder": hub("deit_small_distilled_patch16_224"),
        "timm deit_small distilled, its two classifiers": hub("deit_small_distilled_patch16_224", num_classes=10, refused=True),
        "timm deit3_small, hub folder": hub("deit3_small_patch16_224"),
        "timm vit_base_patch8, hub folder": hub("vit_base_patch8_224"),
        "timm vit_base_patch32, hub folder": hub("vit_base_patch32_224"),
        "timm vit_huge, 16 heads, depth 4, hub folder": hub("vit_huge_patch14_224", depth=4),
        "timm vit_giant, 16 heads, depth 4, hub folder": hub("vit_giant_patch14_224", depth=4),
        "timm vit_gigantic, 16 heads, depth 2, hub folder": hub("vit_gigantic_patch14_224", depth=2),
        "timm ViT 1280 in 16 heads, bare": bare(VisionTransformer, refused=True, img_size=224, patch_size=14, embed_dim=1280, depth=2, num_heads=16, num_classes=0),
        "timm ViT 1280 in 16 heads, bare, with --card": bare(VisionTransformer, card=dict(heads=16, **SAID), colors=HALVES, img_size=224, patch_size=14, embed_dim=1280, depth=2, num_heads=16, num_classes=0),
        "timm ViT eps 1e-5, bare, with --card": bare(VisionTransformer, card=dict(heads=6, eps=1e-5, **SAID), colors=HALVES, embed_dim=384, num_heads=6, num_classes=0, norm_layer=lambda dim, **_: torch.nn.LayerNorm(dim, eps=1e-5)),
        "timm ViT last LayerNorm's eps 1e-3, bare, with --card": lambda folder: final_eps(folder),
        "timm ViT ReLU, bare, with --card": bare(VisionTransformer, card=dict(heads=6, activation="relu", **SAID), colors=HALVES, embed_dim=384, num_heads=6, num_classes=0, act_layer=torch.nn.ReLU),
        "timm ViT act_layer=relu, hub folder": hub("vit_small_patch16_224", act_layer="relu"),
        "timm ViT qkv_bias=False, hub folder": hub("vit_small_patch16_224", qkv_bias=False),
        "timm ViT img_size=(224, 336), hub folder": hub("vit_small_patch16_224", (336, 224), img_size=(224, 336)),
        "timm ViT img_size=(224, 336), dynamic_img_size, another size": hub("vit_small_patch16_224", (160, 320), img_size=(224, 336), **DYNAMIC),
        "timm ViT img_size=(112, 224), bare": bare("vit_small_patch16_224", refused=True, img_size=(112, 224), card=dict(heads=6, **SAID)),
        "timm ViT img_size=(112, 224), bare, with --card grid": bare("vit_small_patch16_224", (224, 112), img_size=(112, 224), card=dict(heads=6, grid=(7, 14), **SAID)),
        "timm vit_medium_patch16_gap (no class token), hub folder": hub("vit_medium_patch16_gap_256", (256, 256)),
        "timm vit_medium_patch16_reg4_gap (no class token), 10 classes": hub("vit_medium_patch16_reg4_gap_256", (256, 256), num_classes=10),
        "timm vit_base_patch16_siglip_gap (no class token)": hub("vit_base_patch16_siglip_gap_224"),
        "timm registers with positions, bare, with --card": bare(VisionTransformer, card=dict(heads=6, **SAID), colors=HALVES, embed_dim=384, num_heads=6, num_classes=0, reg_tokens=4),
        "timm vit_base_patch16_siglip_224": hub("vit_base_patch16_siglip_224", refused=True),
        "timm vit_so150m_patch16_reg4_map (attention pooling)": hub("vit_so150m_patch16_reg4_map_256", (256, 256), refused=True, depth=2),
        "timm vit_base_patch16_clip_224": hub("vit_base_patch16_clip_224", refused=True),
        "timm vit_base_patch16_clip_quickgelu_224": hub("vit_base_patch16_clip_quickgelu_224", refused=True),
        "timm vit_small_patch16_18x2 (parallel blocks)": hub("vit_small_patch16_18x2_224", refused=True),
        "timm beit_base": hub("beit_base_patch16_224", refused=True, depth=2),
        "timm eva02_small": hub("eva02_small_patch14_224", refused=True, depth=2),
        "timm dinov3 S, hub folder": hub("vit_small_patch16_dinov3"),
        "timm dinov3 S, biases, hub folder, 320x224": hub("vit_small_patch16_dinov3_qkvb", (320, 224)),
        "timm dinov3 S+, hub folder": hub("vit_small_plus_patch16_dinov3"),
        "timm dinov3 B, hub folder": hub("vit_base_patch16_dinov3"),
        "timm lingbot S, hub folder": hub("vit_small_patch16_lingbot"),
        "timm dinov3 7B, 2 of 40 blocks, hub folder": hub("vit_7b_patch16_dinov3", depth=2),
        "timm dinov3 S, bare, with --card": bare("vit_small_patch16_dinov3", card=dict(heads=6, mean=IMAGENET[0], std=IMAGENET[1])),
        "timm dinov3 S, bare": bare("vit_small_patch16_dinov3"),
        "timm dinov3 L, bare": bare("vit_large_patch16_dinov3", refused=True),
        "timm hiera_tiny": hub("hiera_tiny_224", refused=True),
        "timm aimv2_large": hub("aimv2_large_patch14_224", refused=True, depth=2),
        "timm convnext_tiny": hub("convnext_tiny", refused=True),
        "timm resnet18": hub("resnet18", refused=True),
        "timm swin_tiny": hub("swin_tiny_patch4_window7_224", refused=True),
        **{f"timm ViT in_chans={count}, hub folder": many_channels(count) for count in (1, 4, 13)},
        "timm ViT in_chans=4, bare": bare("vit_small_patch16_224", refused=True, in_chans=4),
    }
)


def final_eps(folder):
    model = shaken(VisionTransformer(embed_dim=384, num_heads=6, num_classes=0), 3, half=False)
    model.norm.eps = 1e-3
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder / "model.safetensors", timm_tokens(model, colors=HALVES), {"options": {"card": dict(heads=6, finalEps=1e-3, **SAID)}}


# transformers

SMALL = dict(hidden_size=384, num_attention_heads=6, num_hidden_layers=12, image_size=518, patch_size=14)
VIT = dict(hidden_size=384, num_attention_heads=6, num_hidden_layers=12, intermediate_size=1536)


def hf(kind, config, size=(224, 224), write=None, backbone=None, refused=False, dtype=None, prepared=None, **more):
    """A folder by save_pretrained, or by `write(model, folder)`; tokens, and logits where a backbone is in it."""

    def make(folder):
        import transformers

        settings = config() if callable(config) else config
        model = shaken(getattr(transformers, kind)(getattr(transformers, kind_config(kind))(**settings)) if isinstance(settings, dict) else getattr(transformers, kind)(settings), 5, half=False)
        kept = copy.deepcopy(model).to(dtype) if dtype else model
        model = copy.deepcopy(kept).float() if dtype else model
        write(kept, folder) if write else kept.save_pretrained(folder)
        if prepared:
            prepared(folder)
        x = normalized(image(*size))
        call = dict(interpolate_pos_encoding=True) if kind.startswith(("ViT", "DeiT")) and not kind.startswith("ViTMAE") else {}
        if refused:
            expected = None
        elif backbone is None:
            noise = dict(noise=torch.arange(196.0)[None]) if kind.startswith("ViTMAE") else {}
            expected = model(x, **call, **noise).last_hidden_state
        else:
            inner = backbone(model)
            expected = inner(x, **call).last_hidden_state if more.get("classify") else inner.layernorm(inner.encoder(inner.embeddings(x)).last_hidden_state)
            expected = (expected, model(x, **call).logits) if more.get("classify") else expected
        return folder / more["file"] if "file" in more else folder, expected, {"size": size, **more}

    return make


def kind_config(kind: str) -> str:
    known = ("Dinov2WithRegisters", "Dinov2", "ViTMAE", "ViTMSN", "ViT", "DeiT", "DINOv3ViT", "DINOv3ConvNext", "CLIPVision", "SiglipVision", "Beit", "IJepa", "ConvNext", "Swin", "Sam", "Hiera")
    return next(name for name in known if kind.startswith(name)) + "Config"


def in_memory(name, wrap=lambda state: state, config=True):
    def write(model, folder):
        torch.save(wrap(model.state_dict()), folder / name)
        if config:
            (folder / "config.json").write_text(model.config.to_json_string())

    return write


def sharded_bin(model, folder):
    """As transformers 4 wrote them: shards of pytorch_model.bin and their index."""
    state = list(model.state_dict().items())
    parts = [state[0::3], state[1::3], state[2::3]]
    names = [f"pytorch_model-{index + 1:05}-of-00003.bin" for index in range(3)]
    for part, name in zip(parts, names):
        torch.save(dict(part), folder / name)
    weight_map = {key: name for part, name in zip(parts, names) for key, _ in part}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / "config.json").write_text(model.config.to_json_string())


def renamed_file(old, new):
    return lambda folder: (folder / old).rename(folder / new)


def card(**fields):
    return {"options": {"card": dict(fields)}}


COLORS = card(mean=IMAGENET[0], std=IMAGENET[1])
TEN = dict(num_labels=10)
for size in ((518, 518), (224, 224), (280, 196)):
    FORMS[f"HF Dinov2Model S, {size[0]}x{size[1]}"] = hf("Dinov2Model", SMALL, size)
    FORMS[f"HF Dinov2WithRegistersModel S, {size[0]}x{size[1]}"] = hf("Dinov2WithRegistersModel", {**SMALL, "num_register_tokens": 4}, size)
FORMS.update(
    {
        "HF Dinov2Model B": hf("Dinov2Model", {**SMALL, "hidden_size": 768, "num_attention_heads": 12}),
        "HF Dinov2Model S, SwiGLU": hf("Dinov2Model", {**SMALL, "use_swiglu_ffn": True}),
        "HF Dinov2Model 384 in 4 heads": hf("Dinov2Model", {**SMALL, "num_attention_heads": 4}),
        "HF Dinov2Model, shards of 20 MB": hf("Dinov2Model", SMALL, write=lambda m, f: m.save_pretrained(f, max_shard_size="20MB")),
        "HF Dinov2Model, a truncated shard": hf("Dinov2Model", SMALL, refused=True, write=lambda m, f: (m.save_pretrained(f, max_shard_size="20MB"), truncate(f, "model-00002*"))),
        "HF Dinov2Model, float16": hf("Dinov2Model", SMALL, dtype=torch.float16),
        "HF Dinov2Model, bfloat16": hf("Dinov2Model", SMALL, dtype=torch.bfloat16),
        "HF Dinov2WithRegistersModel, float16": hf("Dinov2WithRegistersModel", {**SMALL, "num_register_tokens": 4}, dtype=torch.float16),
        "HF variant: model.fp16.safetensors": hf("Dinov2Model", SMALL, dtype=torch.float16, write=lambda m, f: m.save_pretrained(f, variant="fp16")),
        "HF variant: pytorch_model.fp16.bin": hf("Dinov2Model", SMALL, dtype=torch.float16, write=in_memory("pytorch_model.fp16.bin")),
        "HF pytorch_model.bin in shards, with index": hf("Dinov2Model", SMALL, write=sharded_bin),
        "HF torch.save(model.state_dict()), with config.json": hf("Dinov2Model", SMALL, write=in_memory("pytorch_model.bin")),
        "HF torch.save(model.state_dict()) alone: S is a published shape": hf("Dinov2Model", SMALL, write=in_memory("mine.pth", config=False), file="mine.pth"),
        "HF torch.save(model.state_dict()), SwiGLU": hf("Dinov2Model", {**SMALL, "use_swiglu_ffn": True}, write=in_memory("pytorch_model.bin")),
        "HF torch.save(model.state_dict()), with registers": hf("Dinov2WithRegistersModel", {**SMALL, "num_register_tokens": 4}, write=in_memory("pytorch_model.bin")),
        "HF hidden_act=relu": hf("Dinov2Model", {**SMALL, "hidden_act": "relu"}),
        "HF hidden_act=gelu_pytorch_tanh": hf("Dinov2Model", {**SMALL, "hidden_act": "gelu_pytorch_tanh"}),
        "HF hidden_act=mish": hf("Dinov2Model", {**SMALL, "hidden_act": "mish"}, refused=True),
        "HF qkv_bias=False": hf("Dinov2Model", {**SMALL, "qkv_bias": False}),
        "HF config.json of another model": hf("Dinov2Model", SMALL, refused=True, prepared=lambda f: edit(f, num_hidden_layers=24)),
        "HF Dinov2Backbone": hf("Dinov2Backbone", {**SMALL, "out_indices": [12]}, backbone=lambda m: m),
        "HF Dinov2WithRegistersBackbone": hf("Dinov2WithRegistersBackbone", {**SMALL, "num_register_tokens": 4, "out_indices": [12]}, backbone=lambda m: m),
        "HF Dinov2ForImageClassification: tokens and logits": hf("Dinov2ForImageClassification", {**SMALL, **TEN}, backbone=lambda m: m.dinov2, classify=True),
        "HF Dinov2ForImageClassification, 280x196": hf("Dinov2ForImageClassification", {**SMALL, **TEN}, (280, 196), backbone=lambda m: m.dinov2, classify=True),
        "HF Dinov2ForImageClassification, float16": hf("Dinov2ForImageClassification", {**SMALL, **TEN}, backbone=lambda m: m.dinov2, classify=True, dtype=torch.float16),
        "HF Dinov2WithRegistersForImageClassification: tokens and logits": hf("Dinov2WithRegistersForImageClassification", {**SMALL, **TEN, "num_register_tokens": 4}, backbone=lambda m: m.dinov2_with_registers, classify=True),
        "HF ViTModel, without preprocessor_config.json": hf("ViTModel", VIT, refused=True),
        "HF ViTModel, with --card": hf("ViTModel", VIT, **COLORS),
        "HF ViTForImageClassification: tokens and logits": hf("ViTForImageClassification", {**VIT, **TEN}, backbone=lambda m: m.vit, classify=True, **COLORS),
        "HF ViTMAEModel, with --card": hf("ViTMAEModel", {**VIT, "mask_ratio": 0.0}, **COLORS),
        "HF ViTMSNModel, with --card": hf("ViTMSNModel", VIT, **COLORS),
        "HF DeiTModel, with --card": hf("DeiTModel", VIT, **COLORS),
        "HF DeiTForImageClassification: tokens and logits": hf("DeiTForImageClassification", {**VIT, **TEN}, backbone=lambda m: m.deit, classify=True, **COLORS),
        "HF DeiTForImageClassificationWithTeacher, its two classifiers": hf("DeiTForImageClassificationWithTeacher", {**VIT, **TEN}, refused=True, classify=True, **COLORS),
    }
)
B12 = dict(**SMALL, out_indices=[3, 6, 9, 12])
INNER = lambda model: model.backbone


def composed(kind, make_config, find=INNER, nulls=False):
    def config():
        import transformers

        return make_config(transformers)

    return hf(kind, config, backbone=find, prepared=(lambda f: edit(f, num_attention_heads=None, layer_norm_eps=None, num_hidden_layers=None)) if nulls else None)


def dpt(t):
    inner = t.Dinov2Config(**B12, reshape_hidden_states=False, apply_layernorm=False)
    return t.DPTConfig(backbone_config=inner, neck_hidden_sizes=[96, 192, 384, 768], hidden_size=384, add_projection=True)


def edit(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def truncate(folder, pattern):
    path = next(folder.glob(pattern))
    path.write_bytes(path.read_bytes()[:-1000])


FORMS.update(
    {
        "HF DPT over dinov2-small: tokens": composed("DPTForDepthEstimation", dpt),
        "HF DPT, nulls at the top of config.json: tokens": composed("DPTForDepthEstimation", dpt, nulls=True),
        "HF Depth Anything: tokens": composed("DepthAnythingForDepthEstimation", lambda t: t.DepthAnythingConfig(backbone_config=t.Dinov2Config(**B12, reshape_hidden_states=False), patch_size=14, neck_hidden_sizes=[48, 96, 192, 384], reassemble_hidden_size=384)),
        "HF Prompt Depth Anything: tokens": composed("PromptDepthAnythingForDepthEstimation", lambda t: t.PromptDepthAnythingConfig(backbone_config=t.Dinov2Config(**B12, reshape_hidden_states=False), patch_size=14, neck_hidden_sizes=[48, 96, 192, 384], reassemble_hidden_size=384)),
        "HF UperNet: tokens": composed("UperNetForSemanticSegmentation", lambda t: t.UperNetConfig(backbone_config=t.Dinov2Config(**B12), hidden_size=64, auxiliary_in_channels=384)),
        "HF Mask2Former: tokens": composed("Mask2FormerForUniversalSegmentation", lambda t: t.Mask2FormerConfig(backbone_config=t.Dinov2Config(**B12), encoder_layers=1, decoder_layers=1), lambda m: m.model.pixel_level_module.encoder),
        "HF VisionTextDualEncoder: tokens": composed("VisionTextDualEncoderModel", lambda t: t.VisionTextDualEncoderConfig.from_vision_text_configs(t.Dinov2Config(**SMALL), t.BertConfig(num_hidden_layers=1, hidden_size=64, num_attention_heads=4, intermediate_size=64)), lambda m: m.vision_model),
    }
)
TWO = dict(num_hidden_layers=2)
for kind, settings in (
    ("DINOv3ConvNextModel", dict(hidden_sizes=[48, 96, 192, 384], depths=[1, 1, 1, 1])),
    ("CLIPVisionModel", TWO),
    ("SiglipVisionModel", TWO),
    ("BeitModel", TWO),
    ("IJepaModel", TWO),
    ("ConvNextModel", {}),
    ("SwinModel", {}),
    ("HieraModel", {}),
):
    FORMS[f"HF {kind}"] = hf(kind, settings, refused=True)


# DINOv3


def dinov3(size=(224, 224), **settings):
    def prepared(folder):
        from transformers import DINOv3ViTImageProcessor

        DINOv3ViTImageProcessor().save_pretrained(folder)

    return hf("DINOv3ViTModel", dict(num_register_tokens=4, **settings), size=size, prepared=prepared)


GATED = dict(use_gated_mlp=True, hidden_act="silu")
FORMS["HF DINOv3ViTModel S"] = dinov3()
FORMS["HF DINOv3ViTModel S, 320x224"] = dinov3((320, 224))
FORMS["HF DINOv3ViTModel S+"] = dinov3(**GATED)
FORMS["HF DINOv3ViTModel L"] = dinov3(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
FORMS["HF DINOv3ViTModel H+"] = dinov3(hidden_size=1280, num_hidden_layers=32, num_attention_heads=20, intermediate_size=5120, **GATED)


def meta_dinov3(ffn="mlp", rounded=True):
    def make(folder):
        from lightly_train._models.dinov3.dinov3_src.models.vision_transformer import DinoVisionTransformer

        model = DinoVisionTransformer(
            embed_dim=384, num_heads=6, ffn_ratio=4 if ffn == "mlp" else 6, ffn_layer=ffn, n_storage_tokens=4, mask_k_bias=True,
            layerscale_init=1e-5, norm_layer="layernormbf16", pos_embed_rope_dtype="fp32",
        )
        model.init_weights()
        shaken(model, 3, half=False)
        if rounded:
            model.rope_embed.periods.copy_(model.rope_embed.periods.bfloat16().float())
        torch.save(model.state_dict(), folder / "model.pth")
        out = model.forward_features(normalized(image()))
        return folder / "model.pth", torch.cat([out["x_norm_clstoken"][:, None], out["x_storage_tokens"], out["x_norm_patchtokens"]], 1), {}

    return make


FORMS["Meta's DINOv3 S .pth, periods in bfloat16"] = meta_dinov3()
FORMS["Meta's DINOv3 S+ .pth, periods in float32"] = meta_dinov3("swiglu", False)


# what trainings leave


def meta(**options):
    """A DINOv2 by Meta's names: timm's network at the size of its positions, where both resample nothing."""
    model = timm_made(img_size=224, **options)
    return model, {**model.state_dict(), "mask_token": torch.zeros(1, 384)}


def trained(wrap, refused=False, options=None, config=True, write=torch.save, suffix="pth", weights=lambda state: state, **saving):
    def make(folder):
        model, state = meta()
        state = weights(state)
        path = folder / f"model.{suffix}"
        write(wrap(state, model), path, **saving)
        model.load_state_dict({key: value.float() for key, value in state.items() if key != "mask_token"}, strict=False)
        said = {"card": dict(heads=6, mean=IMAGENET[0], std=IMAGENET[1])} if config else {}
        return path, None if refused else timm_tokens(model, colors=IMAGENET), {"options": {**said, **(options or {})}}

    return make


def prefixed(prefix):
    return lambda state, _: {prefix + key: value for key, value in state.items()}


def beside(**more):
    return lambda state, _: {"model": state, **more}


def both(first, second):
    def wrap(state, _):
        named = {"student": {f"backbone.{k}": v * 1.1 for k, v in state.items()}, "teacher": {f"backbone.{k}": v for k, v in state.items()}}
        named |= {"model": {k: v * 1.1 for k, v in state.items()}, "model_ema": state}
        return {first: named[first], second: named[second]}

    return wrap


def chunked(per):
    def wrap(state, _):
        cut = {}
        for key, value in state.items():
            if key.startswith("blocks.") and per:
                _, index, rest = key.split(".", 2)
                key = f"blocks.{int(index) // per}.{index}.{rest}"
            cut[f"backbone.{key}"] = value
        return {"teacher": {**cut, "dino_head.mlp.0.weight": torch.zeros(8, 8), "dino_head.last_layer.weight_g": torch.ones(8, 1)}}

    return wrap


def one_storage(state, _):
    flat = torch.cat([value.flatten() for value in state.values()])
    starts = np.cumsum([0, *[value.numel() for value in state.values()]]).tolist()
    return {key: flat[start : start + value.numel()].view(value.shape) for (key, value), start in zip(state.items(), starts)}


def script(state, model):
    return torch.jit.trace(model, normalized(image()), check_trace=False)


def lightning(state, _):
    import lightning

    return {"state_dict": {f"model.{k}": v for k, v in state.items()}, "pytorch-lightning_version": lightning.__version__, "epoch": 3, "hyper_parameters": argparse.Namespace(lr=1e-3), "optimizer_states": [], "callbacks": {}, "loops": None}


def adamw(state, model):
    optimizer = torch.optim.AdamW(model.parameters())
    return {"model": state, "optimizer": optimizer.state_dict(), "epoch": 3}


def dcp(folder):
    import torch.distributed.checkpoint as checkpoint

    checkpoint.save({"model": meta()[1]}, checkpoint_id=folder / "dcp", no_dist=True)
    return folder / "dcp", None, {}


def dino_v1(said, size):
    def make(folder):
        model = timm_made("vit_small_patch16_224.dino")
        torch.save(model.state_dict(), folder / "dino_deitsmall16_pretrain.pth")
        x = normalized(image(*size))
        grid = [side // 16 for side in (size[1], size[0])]
        stored = model.pos_embed[:, 1:].reshape(1, 14, 14, 384).permute(0, 3, 1, 2)
        if grid != [14, 14]:
            stored = torch.nn.functional.interpolate(stored, scale_factor=[(side + 0.1) / 14 for side in grid], mode="bicubic")
        placed = model.patch_embed.proj(x).flatten(2).transpose(1, 2) + stored.flatten(2).transpose(1, 2)
        tokens = model.norm(model.blocks(torch.cat([model.cls_token + model.pos_embed[:, :1], placed], 1)))
        return folder / "dino_deitsmall16_pretrain.pth", tokens if said else None, {"size": size, "options": {"card": said} if said else {}}

    return make


V1 = dict(heads=6, interpolation="offset", mean=IMAGENET[0], std=IMAGENET[1])
FORMS.update(
    {
        "Meta's flat .pth": trained(lambda state, _: state),
        "Meta's flat .pth, a grid that is no published one, without --card": trained(lambda state, _: state, refused=True, config=False),
        "DDP: module.": trained(prefixed("module.")),
        "torch.compile: _orig_mod.": trained(prefixed("_orig_mod.")),
        "_orig_mod.module.": trained(prefixed("_orig_mod.module.")),
        "any prefix: net.encoder.": trained(prefixed("net.encoder.")),
        "Lightning's checkpoint": trained(lightning),
        "AdamW's state beside": trained(adamw),
        "all that people keep beside": trained(lambda state, _: {"model": state, **extras()}),
        "student and teacher in one file": trained(both("student", "teacher"), refused=True),
        "student and teacher, --weights teacher": trained(both("student", "teacher"), options={"weights": "teacher"}),
        "model and model_ema": trained(both("model", "model_ema"), refused=True),
        "model and model_ema, --weights model_ema": trained(both("model", "model_ema"), options={"weights": "model_ema"}),
        "a whole module: torch.save(model)": trained(lambda _, model: model, refused=True),
        "nn.Parameter values": trained(lambda state, _: {k: torch.nn.Parameter(v) for k, v in state.items()}),
        "pickle protocol 4": trained(lambda state, _: state, pickle_protocol=4),
        "pickle protocol 5": trained(lambda state, _: state, pickle_protocol=5),
        "bfloat16 .pth": trained(lambda state, _: state, weights=lambda state: {k: v.bfloat16() for k, v in state.items()}),
        "views of one storage": trained(one_storage),
        "transposed weights": trained(lambda state, _: {k: v.t().contiguous().t() if v.ndim == 2 else v for k, v in state.items()}),
        "an expanded tensor, stride 0": trained(lambda state, _: {**state, "mask_token": torch.zeros(1).expand(1, 384)}),
        "torch.save of before 1.6": trained(lambda state, _: state, _use_new_zipfile_serialization=False),
        "float8 beside": trained(beside(extra=torch.zeros(4).to(torch.float8_e4m3fn))),
        "float8 in the network": trained(lambda state, _: {**state, "blocks.0.mlp.fc1.weight": state["blocks.0.mlp.fc1.weight"].to(torch.float8_e4m3fn)}, refused=True),
        "NaN in a weight": trained(lambda state, _: {**state, "blocks.3.mlp.fc1.bias": state["blocks.3.mlp.fc1.bias"] * float("nan")}, refused=True),
        "a block that lacks a bias": trained(lambda state, _: {k: v for k, v in state.items() if k != "blocks.3.mlp.fc1.bias"}, refused=True),
        "TorchScript": trained(script, refused=True, write=lambda module, path: module.save(path), suffix="pt"),
        "torch.export's .pt2": trained(lambda _, model: torch.export.export(model, (normalized(image()),)), refused=True, write=torch.export.save, suffix="pt2"),
        "torch.distributed.checkpoint folder": dcp,
        "Meta's training checkpoint, block_chunks=0": trained(chunked(0)),
        "Meta's training checkpoint, block_chunks=2": trained(chunked(6)),
        "Meta's training checkpoint, block_chunks=4": trained(chunked(3)),
        "Meta's names without mask_token": trained(lambda state, _: {k: v for k, v in state.items() if k != "mask_token"}, refused=True),
        "Meta's names without mask_token, interpolation=offset said": trained(lambda state, _: {k: v for k, v in state.items() if k != "mask_token"}, options={"card": V1}),
        "DINO v1's .pth": dino_v1(None, (224, 224)),
        "DINO v1's .pth, with --card, 224": dino_v1(V1, (224, 224)),
        "DINO v1's .pth, with --card, 320": dino_v1(V1, (320, 320)),
        "safetensors float64": trained(lambda state, _: {k: v.double() for k, v in state.items()}, write=save_file, suffix="safetensors"),
        "safetensors with int64 beside": trained(lambda state, _: {**state, "steps": torch.tensor(3)}, write=save_file, suffix="safetensors"),
        "safetensors with float8 beside": trained(lambda state, _: {**state, "scale": torch.zeros(4).to(torch.float8_e4m3fn)}, write=save_file, suffix="safetensors"),
        "safetensors, truncated": trained(lambda state, _: state, refused=True, write=lambda state, path: (save_file(state, path), path.write_bytes(path.read_bytes()[:-1000])), suffix="safetensors"),
    }
)


# adapters, other formats


def lora(which):
    def make(folder):
        from peft import LoraConfig, get_peft_model
        from transformers import Dinov2Config, Dinov2Model

        base = shaken(Dinov2Model(Dinov2Config(**SMALL)), 5, half=False)
        base.save_pretrained(folder / "base")
        model = get_peft_model(base, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.1)
        model.eval()
        model.save_pretrained(folder / "adapter")
        torch.save(model.state_dict(), folder / "adapter" / "whole.pth")
        shutil.copyfile(folder / "base" / "config.json", folder / "adapter" / "config.json")
        expected = model.base_model.model(normalized(image())).last_hidden_state
        if which == "merged":
            model.merge_and_unload().save_pretrained(folder / "merged")
        paths = {"alone": "adapter", "on its base": "base", "in one file, not merged": "adapter/whole.pth", "merged": "merged"}
        options = {"adapter": str(folder / "adapter")} if which == "on its base" else {}
        if which == "alone":
            (folder / "adapter" / "whole.pth").unlink()
        return folder / paths[which], None if which == "alone" else expected, {"options": options}

    return make


for which in ("alone", "on its base", "in one file, not merged", "merged"):
    FORMS[f"peft's LoRA {which}"] = lora(which)


def wrong_base(folder):
    path, _, more = lora("on its base")(folder)
    timm_path, _, _ = hub("vit_small_patch14_dinov2", depth=4, img_size=224)(folder / "other") if (folder / "other").mkdir() is None else None
    return timm_path, None, more


FORMS["peft's LoRA on another base"] = wrong_base


def gguf_file(kind, refused=False):
    def make(folder):
        import gguf
        from transformers import Dinov2Config, Dinov2Model

        model = shaken(Dinov2Model(Dinov2Config(**SMALL)), 5, half=kind == "f16")
        path = folder / f"{kind}.gguf"
        writer = gguf.GGUFWriter(path, "dinov2")
        for key, value in dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, num_classes=0, patch_size=14, img_size=518, ftype=1, num_register_tokens=0).items():
            writer.add_uint32(key, value)
        state = {k: v for k, v in model.state_dict().items() if k != "embeddings.mask_token"}
        for key, value in state.items():
            array = value.numpy()
            if array.ndim == 2 and kind.startswith("q"):
                type_ = gguf.GGMLQuantizationType[kind.upper()]
                quantized = gguf.quantize(array, type_)
                state[key] = torch.from_numpy(np.array(gguf.dequantize(quantized, type_), np.float32))
                writer.add_tensor(key, quantized, raw_dtype=type_)
            else:
                small = array.ndim == 1 or "position" in key or "cls_token" in key
                writer.add_tensor(key, array.astype(np.float32 if small or kind != "f16" else np.float16))
        for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
            step()
        model.load_state_dict(state, strict=False)
        return path, None if refused else model(normalized(image())).last_hidden_state, {}

    return make


for kind, refused in (("f32", False), ("f16", False), ("q8_0", False), ("q4_0", True), ("q5_1", True)):
    FORMS[f"GGUF of dinov2.cpp, {kind}"] = gguf_file(kind, refused)


def keras(folder):
    import h5py

    with h5py.File(folder / "model.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = np.zeros((2, 2), np.float32)
    return folder / "model.weights.h5", None, {}


FORMS["Keras' model.weights.h5"] = keras


class Last(torch.nn.Module):
    def __init__(self, model, pick=lambda out: out.last_hidden_state, dtype=None):
        super().__init__()
        self.model, self.pick, self.dtype = model, pick, dtype

    def forward(self, pixel_values):
        out = self.model(pixel_values.to(self.dtype) if self.dtype else pixel_values, **({"output_hidden_states": True} if self.pick is every else {}))
        picked = self.pick(out)
        return picked.float() if self.dtype else picked


def every(out):
    return (*out.hidden_states, out.last_hidden_state)


HIDDEN = [f"hidden_states.{index}" for index in range(4)]


def onnx(file="onnx/model.onnx", opset=18, dynamic=False, names=("last_hidden_state",), pick=None, dtype=torch.float32, inside=None, size=(224, 224), refused=False, post=None, external=False, kind="Dinov2Model", options=None, tolerance=1e-4, more=None):
    def make(folder):
        import onnxruntime
        import transformers

        config = getattr(transformers, kind_config(kind))(**{**SMALL, "num_hidden_layers": 3, **(more or {})}, attn_implementation="eager")
        model = shaken(getattr(transformers, kind)(config), 5).to(inside or dtype)
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        module = Last(model, pick or (lambda out: out.last_hidden_state), inside)
        given = torch.zeros(2 if dynamic else 1, 3, 224, 224, dtype=dtype)
        shapes = {"dynamic_shapes": {"pixel_values": {0: "batch", 2: "height", 3: "width"}}} if dynamic else {}
        torch.onnx.export(module, (given,), path, dynamo=True, opset_version=opset, input_names=["pixel_values"], output_names=list(names) if names else None, external_data=external, verbose=False, **shapes)
        config.save_pretrained(folder)
        path = post(path) if post else path
        expected = None
        if not refused:
            session = onnxruntime.InferenceSession(str(path))
            outputs = session.run(None, {"pixel_values": normalized(image(*size)).to(dtype).numpy()})
            expected = torch.from_numpy(outputs[list(names).index("last_hidden_state") if "last_hidden_state" in (names or ()) else len(outputs) - 1])
        return folder, expected, {"size": size, "options": options or {}, "tolerance": tolerance}

    return make


def eight_bits(path):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantized = path.with_name("model_quantized.onnx")
    quantize_dynamic(path, quantized, weight_type=QuantType.QUInt8)
    path.unlink()
    return quantized


PACKED = dict(mlp_layer=timm.layers.SwiGLUPacked, act_layer=torch.nn.SiLU, init_values=1e-5, **DYNAMIC)
UNI2_H = dict(img_size=224, patch_size=14, depth=24, num_heads=24, embed_dim=1536, mlp_ratio=2.66667 * 2, no_embed_class=True, reg_tokens=8, **PACKED)
HISTOLOGY = ((0.707223, 0.578729, 0.703617), (0.211883, 0.230117, 0.177517))
COLORS = dict(mean=IMAGENET[0], std=IMAGENET[1])
FORMS.update(
    {
        "timm UNI2-h whole, bare": bare("vit_giant_patch14_224", colors=IMAGENET, **UNI2_H),
        "timm Virchow2 whole, bare": bare("vit_huge_patch14_224", colors=IMAGENET, reg_tokens=4, mlp_ratio=5.3375, global_pool="", **PACKED),
        "timm Virchow, 4 of 32 blocks, bare, with --card": bare("vit_huge_patch14_224", card=dict(heads=16, interpolation="antialias", **COLORS), colors=IMAGENET, depth=4, mlp_ratio=5.3375, global_pool="", **PACKED),
        "timm UNI, bare": bare("vit_large_patch16_224", refused=True, init_values=1.0, **DYNAMIC),
        "timm UNI whole, bare, with --card": bare("vit_large_patch16_224", card=dict(heads=16, interpolation="antialias", **COLORS), colors=IMAGENET, init_values=1.0, **DYNAMIC),
        "timm H-optimus-0, 4 of 40 blocks, bare, with --card": bare("vit_giant_patch14_reg4_dinov2", card=dict(heads=24, mean=HISTOLOGY[0], std=HISTOLOGY[1]), colors=HISTOLOGY, img_size=224, depth=4, **DYNAMIC),
    }
)
FORMS.update(
    {
        "ONNX opset 18, any size": onnx(dynamic=True),
        "ONNX opset 20, any size, 280x196": onnx(dynamic=True, opset=20, size=(280, 196)),
        "ONNX of one size": onnx(),
        "ONNX of one size, another given": onnx(size=(280, 196), refused=True),
        "ONNX, optimum's folder: model.onnx beside config.json": onnx(file="model.onnx"),
        "ONNX, weights in a file beside": onnx(external=True),
        "ONNX, one unnamed output": onnx(names=None),
        "ONNX, hidden states first, named": onnx(pick=every, names=(*HIDDEN, "last_hidden_state")),
        "ONNX, hidden states first, unnamed": onnx(pick=every, names=None, refused=True),
        "ONNX, hidden states first, other names, --output": onnx(pick=every, names=("a", "b", "c", "d", "e"), options={"output": "e"}),
        "ONNX, float16 in and out": onnx(file="onnx/model_fp16.onnx", dtype=torch.float16, tolerance=2e-2),
        "ONNX, float16 inside": onnx(inside=torch.float16, tolerance=2e-2),
        # Noise of 3e-7 in the pixels changes the tokens of such a file by .039 in its own library: its steps are coarse.
        "ONNX, 8 bits by quantize_dynamic, onnx/model_quantized.onnx alone": onnx(post=eight_bits, tolerance=5e-2),
        "ONNX, with registers": onnx(kind="Dinov2WithRegistersModel", more={"num_register_tokens": 4}),
        "ONNX, logits alone": onnx(kind="Dinov2ForImageClassification", pick=lambda out: out.logits, names=("logits",), refused=True),
    }
)
FORMS["HF Dinov2Model giant (1.1 billion parameters), float16"] = hf("Dinov2Model", {**SMALL, "hidden_size": 1536, "num_hidden_layers": 40, "num_attention_heads": 24, "use_swiglu_ffn": True}, dtype=torch.float16)


def table() -> None:
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    print("| form | MB | outcome | s to open | peak MB |\n| --- | --- | --- | --- | --- |")
    for row in {row["form"]: row for row in rows}.values():
        numbers = [f"{row['seconds']:.1f}" if row.get("seconds") else "", f"{row['peak'] / 1e6:.0f}" if "peak" in row and row["outcome"] != "refused" else ""]
        outcome = f"equal, {row['max']:.0e}" if row["outcome"] == "equal" else f"`{row['code']}`: {row['message'].split(' Got ')[0]}" if row["outcome"] == "refused" else row["outcome"]
        print(f"| {row['form']} | {row['bytes'] / 1e6:.0f} | {outcome.replace('|', chr(92) + '|')} | {numbers[0]} | {numbers[1]} |")


def main() -> None:
    if sys.argv[1:] == ["--table"]:
        return table()
    words = sys.argv[1:]
    part, parts = (int(number) for number in words[1].split("/")) if words[:1] == ["--part"] else (1, 1)
    words = words[2:] if parts > 1 else words
    done = RESULTS.read_text() if RESULTS.exists() else ""
    for index, name in enumerate(FORMS):
        if json.dumps({"form": name})[:-1] in done or index % parts != part - 1 or (words and not any(word in name for word in words)):
            continue
        started = time.time()
        try:
            row = check(name)
        except Exception as error:  # the library could not make it: said, and gone on
            row = {"form": name, "bytes": 0, "outcome": f"NOT MADE: {type(error).__name__}: {str(error)[:200]}", "right": False}
        row["took"] = round(time.time() - started, 1)
        with RESULTS.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)
    DINOKIT.stdin.close()
    shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    with contextlib.redirect_stderr(open("/dev/null", "w")):
        main()
