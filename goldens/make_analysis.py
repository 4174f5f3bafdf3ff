"""Methods on tokens without training: attention rollout and the ranking of heads, on features that are drawn at random.

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


if __name__ == "__main__":
    attention()
