"""Preparation of images as the card of an exported ONNX file says."""

import json

import numpy as np
import onnxruntime
from PIL import Image, ImageOps


def card_of(session: onnxruntime.InferenceSession) -> dict:
    """The model's card, which `dinokit export` puts into the file."""
    return json.loads(session.get_modelmeta().custom_metadata_map["dinokit.card"])


def prepared(path: str, steps: dict) -> np.ndarray:
    """An image as the card's `preprocessing` says: the shortest side scaled, the middle cut out; in bytes.

    Mean and deviation are in the ONNX file.
    """
    assert steps["filter"] == "bicubic", steps
    shortest, crop = steps["shortest"], steps["crop"]
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    # The other side is rounded down.
    size = tuple(shortest if edge == min(image.size) else int(shortest * edge / min(image.size)) for edge in image.size)
    image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = (round((edge - crop) / 2) for edge in size)
    return np.asarray(image.crop((left, top, left + crop, top + crop)))
