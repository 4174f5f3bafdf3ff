"""What transformers' processors and timm's transforms make of an image that is not square, by their configurations.

    python make_processors.py

What DINOv3's processor of transformers and Meta's transform make of it lies in numbers/dinov3/prepared.safetensors, normalized.

numbers/cards/processors.json has for each row the configuration as the library wrote it (or as older ones did, which it reads the same
way), sha256 of the bytes after resizing and cropping, and some values after normalization.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import timm.data
import torch
from PIL import Image
from torchvision.transforms import v2
from transformers import BitImageProcessorPil, DeiTImageProcessorPil, DINOv3ViTImageProcessor, ViTImageProcessorPil

from files import write, write_json

WIDTH, HEIGHT = 333, 251
#: the same in describe-processors.test.ts
IMAGE = Image.fromarray(((np.arange(HEIGHT * WIDTH * 3) * 31) % 251).astype(np.uint8).reshape(HEIGHT, WIDTH, 3))

DINOV3 = timm.get_pretrained_cfg("vit_small_patch16_dinov3")
TRANSFORMERS = {
    "ViT": (ViTImageProcessorPil, {}),
    "ViT, a number for size, as version 4 wrote it": (ViTImageProcessorPil, {"size": 192}),
    "DeiT": (DeiTImageProcessorPil, {"image_mean": [0.485, 0.456, 0.406]}),
    "DeiT, numbers for sizes": (DeiTImageProcessorPil, {"size": 256, "crop_size": 224}),
    "Bit": (BitImageProcessorPil, {"size": {"shortest_edge": 256}}),
    "Bit, squashed": (BitImageProcessorPil, {"size": {"height": 256, "width": 256}}),
    "ViT that does not rescale": (ViTImageProcessorPil, {"do_rescale": False, "image_mean": [127.5] * 3, "image_std": [50, 60, 70]}),
    "ViT that rescales by 1 / 127.5": (ViTImageProcessorPil, {"rescale_factor": 1 / 127.5, "image_mean": [1, 0.9, 0.8]}),
    "ViT that does not normalize": (ViTImageProcessorPil, {"do_normalize": False}),
}
TIMM = {
    "center": {"crop_pct": 0.9, "crop_mode": "center", "interpolation": "bicubic"},
    "squash": {"crop_pct": 0.9, "crop_mode": "squash", "interpolation": "bilinear"},
    "squash, all of it": {"crop_pct": 1.0, "crop_mode": "squash", "interpolation": "bicubic"},
    "no part said": {"interpolation": "lanczos"},
    "DINOv3": {key: getattr(DINOV3, key) for key in ("crop_pct", "crop_mode", "interpolation")},
}
COLORS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}


def row(config: dict, seen: np.ndarray, normalized: np.ndarray) -> dict:
    """Bytes [height][width][3]; normalized [3][height][width]."""
    values = [float(value) for value in (*normalized[:, 0, 0], *normalized[:, -1, -1])]
    return {"config": config, "size": list(seen.shape[:2]), "sha256": hashlib.sha256(np.ascontiguousarray(seen).tobytes()).hexdigest(), "values": values}


def of_transformers(make, options: dict) -> dict:
    processor = make(**options)
    with tempfile.TemporaryDirectory() as folder:
        processor.save_pretrained(folder)
        config = json.loads((Path(folder) / "preprocessor_config.json").read_text())
    # Numbers as they were written once, which today's reader turns into the sizes that it then saves.
    config.update({key: value for key, value in options.items() if key in ("size", "crop_size")})
    seen = make(**{**options, "do_rescale": False, "do_normalize": False})(IMAGE, return_tensors="np")["pixel_values"][0]
    return row(config, seen.transpose(1, 2, 0).astype(np.uint8), processor(IMAGE, return_tensors="np")["pixel_values"][0])


def of_timm(options: dict) -> dict:
    cfg = {"input_size": [3, 224, 224], **COLORS, **options}
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, pretrained_cfg=cfg), is_training=False)
    seen = IMAGE
    for step in transform.transforms[:2]:
        seen = step(seen)
    return row({"architecture": "vit_small_patch16_224", "pretrained_cfg": cfg}, np.asarray(seen), np.asarray(transform(IMAGE), dtype=np.float32))


torch.set_grad_enabled(False)
transformers = {name: of_transformers(*of) for name, of in TRANSFORMERS.items()}
write_json("cards/processors.json", {"transformers": transformers, "timm": {name: of_timm(options) for name, options in TIMM.items()}})

SIDE = 48
COLORS_OF_DINOV3 = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
#: facebookresearch/dinov3, README: bytes are resized by torchvision
META = v2.Compose([v2.ToImage(), v2.Resize((SIDE, SIDE), antialias=True), v2.ToDtype(torch.float32, scale=True), v2.Normalize(*COLORS_OF_DINOV3)])
processor = DINOv3ViTImageProcessor(size={"height": SIDE, "width": SIDE})
write("dinov3/prepared.safetensors", {
    "huggingface": processor(IMAGE, return_tensors="pt")["pixel_values"][0],
    "meta": META(IMAGE),
})
