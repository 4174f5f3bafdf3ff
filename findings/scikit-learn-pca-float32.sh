#!/usr/bin/env bash
# Software: scikit-learn 1.9.1, numpy 2.4.6, Linux x64, Python 3.11
# Expected: `PCA()` of float32 is as exact as float32 is, since it takes the mean away first and decomposes what is left.
# Does: where there are ten times as many rows as numbers a row, and at most 1000 of these, its default solver takes X'X of the rows as they are
#   and subtracts the mean's part afterwards. In float32 that difference loses what is small beside the mean: features whose
#   mean is not zero, as a network's are, get variances of 0 and of twice what they are, and with `whiten=True` numbers in the
#   hundred thousands where all should spread by 1. svd_solver="full", float64, or rows less their mean settle it.
# Seen 2026-11:
#   > mean 0, float32, default: largest spread of a whitened column 1
#   > mean 5, float32, default: largest spread of a whitened column more than 1000
#   > mean 5, float32, full: largest spread of a whitened column 1
#   > mean 5, float64, default: largest spread of a whitened column 1
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
cat > whiten.py <<'PY'
import numpy as np
from sklearn.decomposition import PCA

random = np.random.default_rng(0)
turned = np.linalg.qr(random.normal(size=(256, 256)))[0]
# Deviations from 1 down to 1/316, along directions that are no axes.
centered = random.normal(size=(3000, 256)) * np.logspace(0, -2.5, 256) @ turned
for mean, kind, solver in [(0, "float32", "default"), (5, "float32", "default"), (5, "float32", "full"), (5, "float64", "default")]:
    options = {} if solver == "default" else {"svd_solver": solver}
    spread = PCA(whiten=True, **options).fit_transform((centered + mean).astype(kind)).std(0).max()
    print(f"mean {mean}, {kind}, {solver}: largest spread of a whitened column {'more than 1000' if spread > 1000 else f'{spread:.0f}'}")
PY
env/bin/python whiten.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
