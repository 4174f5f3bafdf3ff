"""Six small images and what Pillow and torchvision make of them: decoding to RGB, resizing, cropping, normalizing.

    python make_preprocess.py
"""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import functional

from files import NUMBERS, pixels, write
from vit import MEAN, STD

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR, "lanczos": Image.Resampling.LANCZOS}


def images() -> dict[str, Image.Image]:
    """One of each mode that people's files have; sides that are odd, small, and longer one way or the other."""
    rgb = Image.fromarray(pixels(1, 1, 97, 150)[0].numpy())
    tall = Image.fromarray(pixels(2, 1, 133, 61)[0].numpy())
    alpha = Image.fromarray(pixels(3, 1, 60, 80)[0].numpy()).convert("RGBA")
    alpha.putalpha(Image.fromarray(pixels(4, 1, 60, 80)[0, :, :, 0].numpy()))
    return {
        "wide": rgb,
        "tall": tall,
        "gray": Image.fromarray(pixels(5, 1, 70, 90)[0, :, :, 1].numpy()),
        "alpha": alpha,
        "palette": rgb.resize((75, 49)).quantize(17),
        "bilevel": Image.fromarray((pixels(6, 1, 40, 33)[0, :, :, 0] > 100).numpy()),
    }


def cropped(image: Image.Image, shortest: int, size: int, name: str) -> Image.Image:
    """Meta's evaluation: the shorter side to `shortest`, then the center."""
    return functional.center_crop(functional.resize(image, shortest, interpolation_of(name)), [size, size])


def interpolation_of(name: str):
    return {
        "bicubic": functional.InterpolationMode.BICUBIC,
        "bilinear": functional.InterpolationMode.BILINEAR,
        "lanczos": functional.InterpolationMode.LANCZOS,
    }[name]


def main() -> None:
    (NUMBERS / "preprocess/source").mkdir(parents=True, exist_ok=True)
    for name, image in images().items():
        image.save(NUMBERS / f"preprocess/source/{name}.png", optimize=True)
        rgb = Image.open(NUMBERS / f"preprocess/source/{name}.png").convert("RGB")
        numbers = {"rgb": np.asarray(rgb), "shortest98.crop84.bicubic": np.asarray(cropped(rgb, 98, 84, "bicubic"))}
        numbers["resize70x98.bicubic"] = np.asarray(rgb.resize((70, 98), FILTERS["bicubic"]))
        if name in ("wide", "tall"):
            for one in FILTERS:
                numbers[f"shortest64.crop56.{one}"] = np.asarray(cropped(rgb, 64, 56, one))
            numbers["resize154x42.lanczos"] = np.asarray(rgb.resize((154, 42), FILTERS["lanczos"]))
        if name == "wide":
            crop = torch.from_numpy(np.asarray(cropped(rgb, 256, 224, "bicubic")).copy()).permute(2, 0, 1)
            numbers["shortest256.crop224.bicubic"] = crop.permute(1, 2, 0)
            numbers["normalized224"] = functional.normalize(crop.float() / 255, MEAN, STD)
        write(f"preprocess/{name}.safetensors", numbers)


if __name__ == "__main__":
    main()
