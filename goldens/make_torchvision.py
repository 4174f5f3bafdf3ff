"""What torchvision makes of images of bytes: `resize` with antialias, and the crops of transformers' BitImageProcessor.

    python make_torchvision.py

On processors with AVX2, and on ARM, torch resizes bytes in fixed point. On others bilinear resizing goes through float32, and
bicubic does not. Each way runs in a process of its own, and ATEN_CPU_CAPABILITY chooses it, whatever the processor is.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional
from transformers import BitImageProcessor

from files import pixels, write, write_json

CAPABILITIES = {"torchvision": "avx2", "torchvision-float": "default"}
FILTERS = {"torchvision": ["bicubic", "bilinear", "lanczos"], "torchvision-float": ["bilinear"]}
DATA = Path(__file__).parent.parent.parent / "shared/data"

# Name: seed, height, width, channels; and the results' (width, height): up and down, odd, one axis alone, extreme ratios.
IMAGES = {
    "wide": (21, 97, 150, 3, [(70, 98), (154, 42), (150, 31), (64, 41)]),
    "tall": (22, 133, 61, 3, [(28, 61), (61, 50), (98, 71)]),
    "gray": (23, 90, 71, 1, [(42, 56), (101, 33)]),
    "strip": (24, 3, 1201, 3, [(56, 14), (17, 29)]),
    "checks": (0, 64, 83, 3, [(47, 29), (126, 70)]),
    "small": (25, 5, 7, 3, [(42, 28), (3, 2)]),
}

ODD = [
    "sharp-fixtures/Channel_digital_image_CMYK_color_no_profile.jpg",
    "sharp-fixtures/Flag_of_the_Netherlands-16bit.png",
    "sharp-fixtures/blackbug.png",
    "sharp-fixtures/grey-8bit-alpha.png",
    "sharp-fixtures/5_webp_a.webp",
    "sharp-fixtures/gamma_dalai_lama_gray.jpg",
    "sharp-fixtures/low-contrast.jpg",
    "sharp-fixtures/embedgravitybird.png",
    "pillow-images/pil_sample_cmyk.jpg",
    "pillow-images/p_trns_single.png",
    "pngsuite/cdfn2c08.png",
    "pngsuite/s09n3p02.png",
]


def image(name: str) -> torch.Tensor:
    """[height][width][channels]. Of `checks` the values are black and white alone: cubic results overshoot and are cut."""
    seed, height, width, channels, _ = IMAGES[name]
    if name != "checks":
        return pixels(seed, 1, height, width)[0, :, :, :channels]
    rows, columns = np.indices((height, width))
    return torch.from_numpy(np.stack([((rows // 5 + columns // size) % 2 * 255).astype(np.uint8) for size in (2, 3, 7)], axis=2))


def resized(rgb: torch.Tensor, size: tuple[int, int], mode: str) -> torch.Tensor:
    """Of both memory formats, which must agree."""
    last = rgb.permute(2, 0, 1)
    one, other = (
        functional.resize(layout, list(reversed(size)), interpolation=InterpolationMode(mode), antialias=True)
        for layout in (last, last.contiguous())
    )
    assert one.dtype == torch.uint8 and torch.equal(one, other), (mode, size)
    return one.permute(1, 2, 0)


def photographs() -> list[Path]:
    return sorted(DATA.glob("samples/*.jpg")) + sorted(DATA.glob("nyuv2/images/*"))[:1] + [DATA / "odd" / name for name in ODD]


def crops(way: str) -> dict[str, dict[str, str]]:
    """The processor's input of 224 x 224: the sha256 of its bytes."""
    found = {}
    for path in photographs():
        # Of the array: where a file has transparency, the processor would lay its image over white.
        rgb = Image.fromarray(np.asarray(Image.open(path).convert("RGB")))
        found[str(path.relative_to(DATA))] = {mode: digest(processed(rgb, mode)) for mode in FILTERS[way] if mode != "lanczos"}
    return found


def processed(rgb: Image.Image, mode: str) -> np.ndarray:
    """Before it is normalized, as bytes; what is normalized has to be these bytes."""
    size = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}
    processor = BitImageProcessor(resample=Image.Resampling[mode.upper()], image_mean=[0.5] * 3, image_std=[0.5] * 3, **size)
    values = processor(rgb, return_tensors="pt")["pixel_values"][0]
    bytes_of = ((values * 0.5 + 0.5) * 255).round()
    raw = processor(rgb, return_tensors="pt", do_rescale=False, do_normalize=False)["pixel_values"][0]
    assert raw.dtype == torch.uint8 and torch.equal(raw.float(), bytes_of)
    return np.ascontiguousarray(raw.permute(1, 2, 0).numpy())


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def make(way: str) -> None:
    assert torch.backends.cpu.get_cpu_capability().lower() == CAPABILITIES[way], "needs a processor with AVX2"
    numbers = {}
    for name, (*_, sizes) in IMAGES.items():
        rgb = image(name)
        numbers[f"{name}.rgb"] = rgb
        for mode in FILTERS[way]:
            for width, height in sizes:
                numbers[f"{name}.resize{width}x{height}.{mode}"] = resized(rgb, (width, height), mode)
    write(f"resample/{way}.safetensors", numbers)
    write_json(f"resample/{way}-crops.json", crops(way))


if __name__ == "__main__":
    for way in sys.argv[1:]:
        make(way)
    if len(sys.argv) == 1:
        for way, capability in CAPABILITIES.items():
            subprocess.run([sys.executable, __file__, way], check=True, env={**os.environ, "ATEN_CPU_CAPABILITY": capability})
