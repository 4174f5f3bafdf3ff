"""Methods on tokens without training: attention rollout, the ranking of heads, maps
along edges, on features that are drawn at random.

    python make_analysis.py

Each is written out in numpy, scipy or scikit-learn beside the source of its recipe.
"""

import numpy as np
from sklearn.metrics import average_precision_score

from files import write


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def attention_of(query: np.ndarray, key: np.ndarray, heads: int) -> np.ndarray:
    """[heads][tokens][tokens] of [tokens][dim]."""
    tokens, dim = query.shape
    q, k = (part.reshape(tokens, heads, dim // heads).transpose(1, 0, 2).astype(np.float64) for part in (query, key))
    return softmax(q @ k.transpose(0, 2, 1) / np.sqrt(dim / heads))


def attention() -> None:
    """Rollout by whole matrices (arXiv 2005.00928), average precision by scikit-learn; 4x5 patches behind CLS and a register."""
    random = np.random.default_rng(24)
    layers, heads, tokens, dim = 3, 2, 22, 8
    query, key = (random.normal(0, 1.5, (layers, tokens, dim)).astype(np.float32) for _ in range(2))
    maps = [attention_of(q, k, heads) for q, k in zip(query, key)]
    rollout = np.eye(tokens)
    for layer in maps:
        rollout = (layer.mean(axis=0) / 2 + np.eye(tokens) / 2) @ rollout
    target = (random.random((4, 5)) < 0.3).astype(np.uint8)
    scores = np.stack([layer[:, 0, -20:] for layer in maps])
    tied = np.round(scores * 20).astype(np.float32)
    precisions = [[[average_precision_score(target.ravel(), head) for head in layer] for layer in kind] for kind in (scores, tied)]
    write("analysis/attention.safetensors", {
        "query": query, "key": key, "rollout_cls": rollout[0], "rollout_9": rollout[9],
        "target": target, "tied": tied, "average_precision": np.array(precisions),
    })


def sharpened() -> None:
    """Joint bilateral upsampling (Kopf et al. 2007), pixel by pixel: 4x5 cells over a crop of an image of 31x23 pixels."""
    random = np.random.default_rng(25)
    height, width, rows, columns = 23, 31, 4, 5
    rows_, columns_ = np.indices((height, width))
    disk = ((rows_ - 11) ** 2 + (columns_ - 15) ** 2 < 60)[:, :, None]
    image = np.clip(np.where(disk, [200, 90, 40], [30, 60, 120]) + random.integers(-25, 26, (height, width, 3)), 0, 255).astype(np.uint8)
    values = random.random((rows, columns)).astype(np.float32)
    # The image was resized to 62x46, of which 50x40 from (6, 3) on were taken.
    scale, left, top, input_width, input_height = 2.0, 6, 3, 50, 40
    radius, distance, color = 2, 1.0, 0.1
    y = ((np.arange(height) + 0.5) * scale - top) * rows / input_height
    x = ((np.arange(width) + 0.5) * scale - left) * columns / input_width
    guide = np.array([[image[(np.floor(y) == i)[:, None] & (np.floor(x) == j)[None, :]].mean(axis=0) for j in range(columns)]
                      for i in range(rows)])
    result = np.full((height, width), np.nan)
    for p in range(height):
        for q in range(width):
            if not (0 <= y[p] <= rows and 0 <= x[q] <= columns):
                continue
            at_y, at_x = np.clip(y[p] - 0.5, 0, rows - 1), np.clip(x[q] - 0.5, 0, columns - 1)
            total = weights = 0.0
            for i in range(rows):
                for j in range(columns):
                    if abs(i - np.floor(at_y + 0.5)) > radius or abs(j - np.floor(at_x + 0.5)) > radius:
                        continue
                    space = np.exp(-((i - at_y) ** 2 + (j - at_x) ** 2) / (2 * distance**2))
                    far = ((guide[i, j] - image[p, q].astype(np.float64)) ** 2).sum() / 255**2
                    weight = space * (np.exp(-far / (2 * color**2)) + 1e-12)
                    weights += weight
                    total += weight * values[i, j]
            result[p, q] = total / weights
    write("analysis/sharpened.safetensors", {"image": image, "values": values, "result": result})


if __name__ == "__main__":
    attention()
    sharpened()
