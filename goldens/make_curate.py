"""Curation of rows: pairs and groups of duplicates, plain and whitened, leaks, outliers, a diverse subset by numpy; neighbors, k-means and
principal components by scikit-learn.

    python make_curate.py

Spherical k-means, which scikit-learn lacks, is written out.
"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from files import write

ROWS, DIM, BLOBS = 120, 12, 6
TEST = 40
NEAR, WHITE_NEAR, LEAK = 0.99, 0.7, 0.98


def units(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_rows(random: np.random.Generator) -> np.ndarray:
    """Blobs far from the origin; the last 20 rows are others with a little noise, or the same."""
    centers = 3 + random.normal(0, 1, (BLOBS, DIM))
    rows = centers[np.arange(ROWS) % BLOBS] + random.normal(0, 0.6, (ROWS, DIM))
    copied = random.permutation(ROWS - 20)[:20]
    rows[-20:] = rows[copied] + random.normal(0, 0.03, (20, DIM))
    rows[-3:] = rows[copied[-3:]]
    return rows.astype(np.float32)


def pairs_of(similarity: np.ndarray, threshold: float) -> np.ndarray:
    one, other = np.nonzero(np.triu(similarity >= threshold, 1))
    return np.stack([one, other], axis=1).astype(np.int32)


def groups_of(similarity: np.ndarray, threshold: float) -> np.ndarray:
    """The row that stands for each: the first that stays and is similar enough, or itself."""
    stands = np.full(len(similarity), -1, np.int32)
    for row in range(len(similarity)):
        if stands[row] < 0:
            stands[row] = row
            like = (similarity[row] >= threshold) & (stands < 0)
            stands[like] = row
    return stands


def whitened(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1 less their mean, by the inverse root of their covariance with 0.1 + dim / rows of the mean variance added."""
    centered = units(rows) - units(rows).mean(axis=0)
    covariance = centered.T @ centered / len(rows)
    ridge = (0.1 + rows.shape[1] / len(rows)) * np.trace(covariance) / rows.shape[1]
    values, vectors = np.linalg.eigh(covariance + ridge * np.eye(rows.shape[1]))
    return centered @ vectors / np.sqrt(values) @ vectors.T


def k_center(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    chosen, similarities = [0], [-1.0]
    while len(chosen) < count:
        nearest = (rows @ rows[chosen].T).max(axis=1)
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        similarities.append(nearest.min())
    return np.array(chosen, np.int32), np.array(similarities)


def spherical(rows: np.ndarray, centers: np.ndarray, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    labels = None
    for _ in range(rounds):
        before, labels = labels, (rows @ centers.T).argmax(axis=1)
        centers = units(np.stack([rows[labels == label].sum(axis=0) for label in range(len(centers))]))
        if np.array_equal(before, labels):
            break
    return (rows @ centers.T).argmax(axis=1), centers


def k_means(rows: np.ndarray, initial: np.ndarray, rounds: int) -> KMeans:
    return KMeans(len(initial), init=initial, n_init=1, max_iter=rounds, tol=0, algorithm="lloyd").fit(rows)


def main() -> None:
    random = np.random.default_rng(28)
    narrow = make_rows(random)
    rows = narrow.astype(np.float64)
    unit = units(rows)
    cosine, white = unit @ unit.T, units(whitened(rows))
    white_cosine = white @ white.T
    white_pairs = pairs_of(white_cosine, WHITE_NEAR)
    leaks = np.argwhere(cosine[:TEST, TEST:] >= LEAK).astype(np.int32) + [0, TEST]
    distances, _ = NearestNeighbors(n_neighbors=6, metric="cosine").fit(unit).kneighbors(unit)
    diverse, similarities = k_center(unit, 15)

    initial = rows[[0, 1, 2, 3, 6, 12]]
    means = k_means(rows, initial, 20)
    early = k_means(rows, initial, 2)
    far = np.concatenate([initial, initial[:1] + 50])
    relocated = k_means(rows, far, 20)
    labels, centers = spherical(unit, unit[[0, 1, 2, 3, 6, 12]], 20)
    pca = PCA(2, svd_solver="full").fit(unit)
    signs = np.sign(pca.components_[np.arange(2), np.abs(pca.components_).argmax(axis=1)])

    # No number of the tests may turn on rounding.
    for values, threshold in ((cosine, NEAR), (white_cosine, WHITE_NEAR), (cosine[:TEST, TEST:], LEAK)):
        assert np.abs(values - threshold).min() > 1e-6
    for model in (means, early, relocated):
        nearest = np.sort(model.transform(rows), axis=1)
        assert (nearest[:, 1] - nearest[:, 0]).min() > 1e-5
    assert means.n_iter_ < 20 and len(set(relocated.labels_)) == 7 and len(white_pairs) >= 20

    write("curate/curate.safetensors", {
        "rows": narrow,
        "duplicates": pairs_of(cosine, NEAR), "groups": groups_of(cosine, NEAR),
        "white_pairs": white_pairs, "white_similarity": white_cosine[tuple(white_pairs.T)],
        "leaks": leaks.astype(np.int32),
        "outliers": distances[:, 5],
        "diverse": diverse, "diverse_similarity": similarities,
        "initial": initial, "far": far,
        **{
            f"{name}_{part}": value
            for name, model in (("means", means), ("early", early), ("relocated", relocated))
            for part, value in (
                ("labels", model.labels_.astype(np.uint8)), ("centers", model.cluster_centers_),
                ("inertia", np.array([model.inertia_])), ("rounds", np.array([model.n_iter_], np.int32)),
            )
        },
        "spherical_labels": labels.astype(np.uint8), "spherical_centers": centers,
        "spherical_inertia": np.array([(1 - (unit * centers[labels]).sum(axis=1)).sum()]),
        "map": pca.transform(unit) * signs, "explained": pca.explained_variance_ratio_,
    })


if __name__ == "__main__":
    main()
