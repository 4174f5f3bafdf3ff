"""Writing of expected numbers: small safetensors files below goldens/numbers, the same bytes at every run."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

NUMBERS = Path(__file__).parent / "numbers"


def write(path: str, tensors: dict) -> None:
    arrays = {}
    for name, value in tensors.items():
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        arrays[name] = np.ascontiguousarray(array if array.dtype != np.float64 else array.astype(np.float32))
    target = NUMBERS / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(save(arrays))


def write_json(path: str, value: dict) -> None:
    target = NUMBERS / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(value, indent=1) + "\n")


def pixels(seed: int, batch: int, height: int, width: int) -> torch.Tensor:
    """Random images whose parts differ: noise over a slope, uint8 [batch][height][width][3]."""
    random = np.random.default_rng(seed)
    rows = np.linspace(0, 120, height)[None, :, None, None]
    columns = np.linspace(0, 80, width)[None, None, :, None]
    noise = random.integers(0, 56, (batch, height, width, 3))
    return torch.from_numpy(np.clip(rows + columns + noise, 0, 255).astype(np.uint8))
