"""Anomalies: distances to a bank of good patches, scores and maps by anomalib; the mask of the foreground, the coreset and rotations by
numpy.

    pip install anomalib==2.7.0
    python make_anomaly.py

Rotations are checked here against OpenCV too, which places pixels to a 32nd part.
"""

import cv2
import numpy as np
import torch
from anomalib.models.image.anomaly_dino.torch_model import AnomalyDINOModel
from anomalib.models.image.patchcore.anomaly_map import AnomalyMapGenerator
from scipy.ndimage import binary_dilation, binary_erosion
from torch import nn

from files import write


class GivenFeatures(AnomalyDINOModel):
    """anomalib's model on features, a mask and a bank that are given."""

    def __init__(self, features: np.ndarray, mask: np.ndarray, bank: np.ndarray, patch: int) -> None:
        nn.Module.__init__(self)
        self.num_neighbours, self.masking, self.patch_size = 1, True, patch
        self.register_buffer("memory_bank", torch.nn.functional.normalize(torch.from_numpy(bank), dim=1))
        self.anomaly_map_generator = AnomalyMapGenerator()
        self.features, self.mask = torch.from_numpy(features).reshape(1, -1, features.shape[-1]), mask.reshape(1, -1)
        self.eval()

    def extract_features(self, _: torch.Tensor) -> torch.Tensor:
        return self.features

    def compute_background_masks(self, *_: object) -> np.ndarray:
        return self.mask


def scores(random: np.random.Generator) -> dict:
    rows, columns, dim, patch = 14, 18, 4, 2
    features = random.normal(0, 2, (rows, columns, dim)).astype(np.float32)
    bank = random.normal(0, 1, (40, dim)).astype(np.float32)
    mask = random.random((rows, columns)) < 0.7
    with torch.no_grad():
        found = GivenFeatures(features, mask, bank, patch)(torch.zeros(1, 3, rows * patch, columns * patch))
    return {
        "features": features, "bank": bank, "mask": mask.astype(np.uint8),
        "score": found.pred_score.reshape(1), "map": found.anomaly_map[0, 0],
    }


def foreground(features: np.ndarray, threshold: float, border: float) -> np.ndarray:
    """The recipe with all of the SVD; of a component's two directions the one whose largest element is positive."""
    rows, columns, dim = features.shape
    flat = features.reshape(-1, dim).astype(np.float64)
    centered = flat - flat.mean(axis=0)
    component = np.linalg.svd(centered, full_matrices=True)[2][0]
    component *= np.sign(component[np.abs(component).argmax()])
    values = (centered @ component).reshape(rows, columns)
    mask = values > threshold
    center = mask[int(rows * border):int(rows * (1 - border)), int(columns * border):int(columns * (1 - border))]
    if center.sum() <= center.size * 0.35:
        mask = -values > threshold
    square = np.ones((3, 3), bool)
    grown = binary_dilation(mask, square)
    return binary_erosion(binary_dilation(grown, square), square, border_value=1)


def masks(random: np.random.Generator) -> dict:
    """An object in the middle that lies along a component, and one that lies against it; with holes."""
    result = {}
    rows, columns = np.indices((10, 13))
    place = ((rows - 5) ** 2 + (columns - 6) ** 2 < 13) & (random.random((10, 13)) < 0.8)
    for name, sign in (("along", 1), ("against", -1)):
        direction = sign * np.array([3, 9, -2, 4, 1.0])
        features = (random.normal(0, 2.5, (10, 13, 5)) + np.where(place[..., None], direction, -direction)).astype(np.float32)
        result |= {f"{name}_features": features, f"{name}_mask": foreground(features, 7, 0.2).astype(np.uint8)}
    return result


def coreset(random: np.random.Generator) -> dict:
    vectors = (random.normal(0, 1, (6, 5))[random.integers(0, 6, 80)] + random.normal(0, 0.4, (80, 5))).astype(np.float32)
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    chosen, distances = [0], np.linalg.norm(unit - unit[0], axis=1)
    while len(chosen) < 25:
        chosen.append(int(distances.argmax()))
        distances = np.minimum(distances, np.linalg.norm(unit - unit[chosen[-1]], axis=1))
    return {"vectors": vectors, "chosen": np.array(chosen, np.int32)}


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    height, width = image.shape[:2]
    cosine, sine = np.round([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], 12)
    y, x = np.indices((height, width)).astype(np.float64)
    x, y = x - width / 2, y - height / 2
    from_x, from_y = cosine * x - sine * y + width / 2, sine * x + cosine * y + height / 2

    def reflect(at: np.ndarray, length: int) -> np.ndarray:
        at = np.abs(at) % (2 * (length - 1))
        return np.where(at < length, at, 2 * (length - 1) - at)

    left, top = np.floor(from_x).astype(int), np.floor(from_y).astype(int)
    total = np.zeros(image.shape)
    for down in (0, 1):
        for right in (0, 1):
            weight = np.abs(1 - down - (from_y - top)) * np.abs(1 - right - (from_x - left))
            total += weight[..., None] * image[reflect(top + down, height), reflect(left + right, width)]
    return np.floor(total + 0.5).astype(np.uint8)


def rotations(random: np.random.Generator) -> dict:
    image = random.integers(0, 256, (9, 11, 3)).astype(np.uint8)
    result = {"image": image}
    for degrees in (45, 90, 315):
        result[f"rotated_{degrees}"] = rotate(image, degrees)
        matrix = cv2.getRotationMatrix2D((11 / 2, 9 / 2), degrees, 1.0)
        other = cv2.warpAffine(image, matrix, (11, 9), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_DEFAULT)
        difference = np.abs(other.astype(int) - result[f"rotated_{degrees}"].astype(int)).max()
        assert difference <= 255 / 32 * 2, difference
    return result


if __name__ == "__main__":
    random = np.random.default_rng(29)
    write("analysis/anomaly.safetensors", scores(random) | masks(random) | coreset(random) | rotations(random))
