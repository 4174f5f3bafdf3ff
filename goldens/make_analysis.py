"""Methods on tokens without training: attention rollout, the ranking of heads, maps
along edges, objects, matches, what
examples show, on features that are drawn at random.

    python make_analysis.py

Each is written out in numpy, scipy or scikit-learn beside the source of its recipe.
"""

import numpy as np
from scipy.linalg import eigh
from scipy.ndimage import label
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import average_precision_score, pairwise_distances_argmin
from sklearn.preprocessing import StandardScaler


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


def object_heads() -> None:
    """Self-similarity of queries, keys and values of 3 layers of 3 heads, 4x4 patches behind CLS; scaled and grouped by scikit-learn from
    the start that is the vector nearest to the mean, then always the farthest one."""
    random = np.random.default_rng(30)
    layers, heads, tokens, patches, dim = 3, 3, 17, 16, 9
    kinds = random.normal(0, 1, (3, patches, dim // heads))
    facets = random.normal(0, 0.5, (layers, 3, tokens, dim)).astype(np.float32)
    for layer in range(layers):
        for head in range(heads):
            which = (head + layer) // 2
            facets[layer, :, 1:, head * dim // heads:(head + 1) * dim // heads] += np.where(np.arange(patches)[:, None] % (which + 2) == 0, 3, 1) * kinds[which]
    maps = []
    for layer in facets[:, :, 1:].astype(np.float64):
        parts = layer.reshape(3, patches, heads, dim // heads).transpose(2, 0, 1, 3)
        parts = parts / np.linalg.norm(parts, axis=-1, keepdims=True)
        maps.extend(softmax(parts @ parts.transpose(0, 1, 3, 2) * (dim / heads) ** -0.5).mean(axis=(1, 2)))
    scaled = StandardScaler().fit_transform(np.array(maps))
    starts = [int(((scaled - scaled.mean(axis=0)) ** 2).sum(axis=1).argmin())]
    while len(starts) < 3:
        starts.append(int(((scaled[:, None] - scaled[starts][None]) ** 2).sum(axis=2).min(axis=1).argmax()))
    groups = KMeans(3, init=scaled[starts], n_init=1, algorithm="lloyd", tol=0).fit_predict(scaled)
    write("analysis/heads.safetensors", {"facets": facets, "maps": np.array(maps, dtype=np.float32), "groups": groups.astype(np.uint8)})


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


def centered(features: np.ndarray, removed: np.ndarray) -> np.ndarray:
    return features - features[~removed].mean(axis=0)


def component(mask: np.ndarray, shape: tuple, seed: int) -> np.ndarray:
    parts, _ = label(mask.reshape(shape))
    return (parts == parts.ravel()[seed]).ravel()


def border(shape: tuple) -> np.ndarray:
    inside = np.zeros(shape, bool)
    inside[1:-1, 1:-1] = True
    return ~inside.ravel()


def token_cut(fixed: np.ndarray, shape: tuple, removed: np.ndarray) -> tuple:
    """TokenCut (arXiv 2202.11539) on centered features; the object is the side of which less lies on the border."""
    unit = fixed / np.linalg.norm(fixed, axis=1, keepdims=True)
    weights = np.where((unit @ unit.T > 0.2) & ~removed[:, None] & ~removed[None, :], 1.0, 1e-5)
    degrees = np.diag(weights.sum(axis=1))
    values, vectors = eigh(degrees - weights, degrees, subset_by_index=[1, 1])
    vector = vectors[:, 0]
    mean = vector[~removed].mean()
    sides = [(vector > mean) & ~removed, (vector <= mean) & ~removed]
    side = min(sides, key=lambda each: (each & border(shape)).sum() / each.sum())
    seed = np.argmax(np.where(side, np.abs(vector - mean), -1))
    return component(side, shape, seed), values[0]


def lost(features: np.ndarray, shape: tuple, removed: np.ndarray) -> np.ndarray:
    """LOST (arXiv 2109.14279) with its 100 seeds, on centered features."""
    kept = np.flatnonzero(~removed)
    values = centered(features.astype(np.float64), removed)
    gram = values @ values.T
    np.fill_diagonal(gram, 0)
    degrees = (gram[np.ix_(kept, kept)] > 0).sum(axis=1)
    order = kept[np.argsort(degrees, kind="stable")]
    seed = order[0]
    alike = [p for p in order[:100] if p == seed or gram[seed, p] > 0]
    mask = (gram[alike].sum(axis=0) > 0) & ~removed
    mask[seed] = True
    return component(mask, shape, seed)


def objects() -> None:
    """Two objects over a background, with noise and two patches that are to be ignored; 14x18 patches of 12 values."""
    random = np.random.default_rng(26)
    shape, dim = (14, 18), 12
    rows, columns = np.indices(shape)
    kinds = random.normal(0, 1, (3, dim))
    place = np.where((rows - 5) ** 2 + (columns - 5) ** 2 < 14, 1, 0)
    place[8:12, 11:16] = 2
    features = random.normal(0, 0.45, (*shape, dim)) + kinds[place] + random.normal(0, 1.2, dim)
    features[0, 0] = features[13, 17] = 40
    features = features.astype(np.float32).reshape(-1, dim)
    ignored = np.zeros(shape, bool)
    ignored[0, 0] = ignored[13, 17] = True
    removed, masks, values = ignored.ravel().copy(), [], []
    # Cut again of what is left, as MaskCut (arXiv 2301.11320); features stay centered as they were before.
    fixed = centered(features.astype(np.float64), removed)
    for _ in range(2):
        mask, value = token_cut(fixed, shape, removed)
        masks.append(mask)
        values.append(value)
        removed |= mask
    write("analysis/objects.safetensors", {
        "features": features.reshape(*shape, dim), "ignored": ignored.astype(np.uint8),
        "cut": np.array(masks).reshape(2, *shape).astype(np.uint8), "values": np.array(values),
        "lost": lost(features, shape, ignored.ravel()).reshape(shape).astype(np.uint8),
    })


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def matches() -> None:
    """Mutual nearest neighbors with a soft-argmax over 3x3 patches, and log-bin descriptors (arXiv 2112.05814)."""
    random = np.random.default_rng(27)
    rows, columns, dim, temperature = 6, 7, 8, 0.05
    a = random.normal(0, 1, (rows, columns, dim)).astype(np.float32)
    b = (np.roll(a, (1, 2), axis=(0, 1)) + random.normal(0, 0.6, a.shape)).astype(np.float32)
    cosines = unit(a.astype(np.float64)).reshape(-1, dim) @ unit(b.astype(np.float64)).reshape(-1, dim).T
    found = []
    for i in range(rows * columns):
        j = cosines[i].argmax()
        if cosines[:, j].argmax() != i or cosines[i, j] < 0:
            continue
        row, column = divmod(j, columns)
        near = [(r, c) for r in range(max(0, row - 1), min(rows, row + 2)) for c in range(max(0, column - 1), min(columns, column + 2))]
        weights = softmax(np.array([cosines[i, r * columns + c] for r, c in near]) / temperature)
        found.append([*divmod(i, columns), *(weights @ np.array(near, float)), cosines[i, j]])
    found.sort(key=lambda each: -each[4])
    bins = np.zeros((rows, columns, 17, dim))
    around = [(r, c) for r in (0, -1, 1) for c in (0, -1, 1)]
    for r in range(rows):
        for c in range(columns):
            for k, (y, x) in enumerate(around):
                bins[r, c, k] = a[np.clip(r + y, 0, rows - 1), np.clip(c + x, 0, columns - 1)]
                if k > 0:
                    p, q = np.clip(r + 3 * y, 0, rows - 1), np.clip(c + 3 * x, 0, columns - 1)
                    bins[r, c, 8 + k] = a[max(0, p - 1):p + 2, max(0, q - 1):q + 2].reshape(-1, dim).mean(axis=0)
    write("analysis/matches.safetensors", {"a": a, "b": b, "matches": np.array(found), "agreeing": agreeing(np.array(found), 3), "bins": bins[::5, ::3].reshape(2, 3, -1)})


def agreeing(found: np.ndarray, least: int) -> np.ndarray:
    """Those matches that move as so many others do that begin at most two patches away, to within one patch."""
    moves = found[:, 2:4] - found[:, :2]
    near = np.abs(found[:, None, :2] - found[None, :, :2]).max(axis=-1) <= 2
    alike = np.linalg.norm(moves[:, None] - moves[None], axis=-1) <= 1
    return found[(near & alike).sum(axis=1) - 1 >= least]


def followed() -> None:
    """Label propagation (DINO, arXiv 2104.14294, on videos): the shares of the most similar patches within a radius, of three known frames."""
    random = np.random.default_rng(29)
    rows, columns, dim, things, radius, top, temperature = 6, 8, 6, 2, 3, 4, 0.2
    first = random.normal(0, 1, (rows, columns, dim))
    frames = np.stack([np.roll(first, i, axis=1) + random.normal(0, 0.4, first.shape) for i in range(4)]).astype(np.float32)
    shares = np.zeros((3, rows, columns, things), np.float32)
    for i in range(3):
        shares[i, 1:4, 1 + i:3 + i, 0] = random.random((3, 2))
        shares[i, 4:, 2:5, 1] = random.random((2, 3))
    tokens = unit(frames.astype(np.float64))
    places = np.indices((rows, columns)).reshape(2, -1).T
    near = ((places[:, None] - places[None]) ** 2).sum(axis=-1) <= radius**2
    result = np.zeros((rows * columns, things))
    for patch in range(rows * columns):
        cosines = np.where(near[patch], tokens[:3].reshape(3, -1, dim) @ tokens[3].reshape(-1, dim)[patch], -np.inf).ravel()
        best = np.argsort(-cosines)[:top]
        result[patch] = softmax(cosines[best] / temperature) @ shares.reshape(-1, things)[best]
    write("analysis/followed.safetensors", {"frames": frames, "shares": shares, "result": result.reshape(rows, columns, things)})


def by_example() -> None:
    """Differences of similarities to the nearest prototype of each kind; prototypes by k-means, as scikit-learn assigns vectors."""
    random = np.random.default_rng(28)
    dim = 8
    kinds = random.normal(0, 1, (5, dim))
    inside = (kinds[random.integers(0, 2, 40)] + random.normal(0, 0.5, (40, dim))).astype(np.float32)
    outside = (kinds[random.integers(2, 5, 70)] + random.normal(0, 0.5, (70, dim))).astype(np.float32)
    grid = (kinds[random.integers(0, 5, (5, 6))] + random.normal(0, 0.6, (5, 6, dim))).astype(np.float32)
    difference = nearest(grid, inside, 3) - np.maximum(0.5, nearest(grid, outside, 4))
    clusters, scores = by_clusters(grid, inside, outside)
    write("analysis/example.safetensors", {
        "inside": inside, "outside": outside, "grid": grid, "difference": difference,
        "clusters": clusters.astype(np.int32), "scores": scores,
    })


def by_clusters(grid: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> tuple:
    """INSID3 (CVPR 2026) without the removal of positions, clusters by scikit-learn."""
    tokens, things, rest = (unit(each.astype(np.float64)).reshape(-1, each.shape[-1]) for each in (grid, inside, outside))
    prototype = unit(things.mean(axis=0))
    likeness = tokens @ prototype
    candidates = (likeness > 0) & ((tokens @ things.T).max(axis=1) > (tokens @ rest.T).max(axis=1))
    grouping = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average", distance_threshold=0.4)
    groups = grouping.fit_predict(1 - np.clip(tokens @ tokens.T, -1, 1))
    each = [groups == group for group in range(groups.max() + 1)]
    means = unit(np.stack([tokens[of].mean(axis=0) for of in each]))
    shares = np.array([candidates[of].mean() for of in each])
    seed = np.argmax(np.where(shares > 0, means @ prototype, -2))
    shares[seed] = 1
    score = np.array([likeness[of].mean() for of in each]) * (means @ means[seed]) * shares
    # Numbered in the order of their first patches.
    order = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return np.array([order[group] for group in groups]), (score[groups] - 0.2).reshape(grid.shape[:2])


def nearest(grid: np.ndarray, examples: np.ndarray, count: int) -> np.ndarray:
    vectors = unit(examples.astype(np.float64))
    chosen = [int((vectors @ vectors.sum(axis=0)).argmax())]
    while len(chosen) < count:
        chosen.append(int((vectors @ vectors[chosen].T).max(axis=1).argmin()))
    centers = vectors[chosen]
    # Means are scaled to length 1 after each round: the nearest center is then the most similar one.
    for _ in range(20):
        groups = pairwise_distances_argmin(vectors, centers)
        centers = unit(np.stack([vectors[groups == group].mean(axis=0) for group in range(count)]))
    return (unit(grid.astype(np.float64)) @ centers.T).max(axis=-1)


if __name__ == "__main__":
    attention()
    object_heads()
    sharpened()
    objects()
    matches()
    followed()
    by_example()
