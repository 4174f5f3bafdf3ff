"""Searches of stores, in double precision: a query of several examples, rows that are near to it and unlike each other, and patches.

    python make_search.py

Maximal marginal relevance as Carbonell and Goldstein (1998) define it, over the nearest so many rows; lambda is 1 - diversity.
"""

import numpy as np

from files import write

ROWS, DIM, GRID = 150, 16, (3, 4)
CANDIDATES, TOP = 40, 8
UNLIKE_WEIGHT = 0.7
DIVERSITIES = [0.25, 0.6, 1.0]


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def marginal_relevance(query: np.ndarray, rows: np.ndarray, diversity: float) -> list[int]:
    near = rows @ query
    left = list(np.argsort(-near, kind="stable")[:CANDIDATES])
    chosen = [left.pop(0)]
    while len(chosen) < TOP:
        likeness = (rows[left] @ rows[chosen].T).max(axis=1)
        chosen.append(left.pop(int(np.argmax((1 - diversity) * near[left] - diversity * likeness))))
    return chosen


def clustered(random: np.random.Generator, count: int, centers: np.ndarray) -> np.ndarray:
    own = centers[random.integers(0, len(centers), count)]
    return (own + 0.6 * random.standard_normal((count, DIM))) * random.uniform(0.5, 3, (count, 1))


if __name__ == "__main__":
    random = np.random.default_rng(17)
    centers = 1.5 * random.standard_normal((6, DIM)) + 1
    rows = clustered(random, ROWS, centers).astype(np.float32)
    like, unlike = (clustered(random, count, centers).astype(np.float32) for count in (3, 2))
    units = unit(rows.astype(np.float64))
    query = unit(unit(like.astype(np.float64)).mean(axis=0) - UNLIKE_WEIGHT * unit(unlike.astype(np.float64)).mean(axis=0))
    near = units @ query
    order = np.argsort(-near, kind="stable")[:TOP]
    diverse = [marginal_relevance(query, units, diversity) for diversity in DIVERSITIES]

    patches = clustered(random, ROWS * GRID[0] * GRID[1], centers).astype(np.float32).reshape(ROWS, *GRID, DIM)
    token = like[0].astype(np.float64)
    cosines = (unit(patches.astype(np.float64)) @ unit(token)).reshape(ROWS, -1)
    best = np.argsort(-cosines.max(axis=1), kind="stable")[:TOP]
    write(
        "search/search.safetensors",
        {
            "rows": rows,
            "like": like,
            "unlike": unlike,
            "query": query,
            "order": order.astype(np.int32),
            "similarities": near[order],
            "diverse": np.array(diverse, dtype=np.int32),
            "patches": patches,
            "patch_order": best.astype(np.int32),
            "patch_similarities": cosines.max(axis=1)[best],
            "patch_places": cosines.argmax(axis=1)[best].astype(np.int32),
        },
    )
