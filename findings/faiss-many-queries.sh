#!/usr/bin/env bash
# Software: faiss-cpu 1.15.1, numpy 2.4.6, Linux x64, Python 3.11
# Expected: an exact index (IndexFlatL2) gives a query the same neighbors whether it is asked alone or among others.
# Does: few queries are compared by the sum of squared differences; many at once by |a|^2 + |b|^2 - 2ab in float32, whose error
#   grows with the vectors' lengths and not with their distance. Of rows that are near copies of each other the order is lost, and
#   a row is no longer nearest to itself: which is what a search for duplicates asks of all rows at once. The border has moved: it was 20
#   queries, and is now given by queries times dimensions (faiss.cvar.distance_compute_blas_threshold).
# Seen 2026-11:
#   > asked one by one: 0 of 1000 have another order than they should
#   > asked 100 at a time: 0 of 1000 have another order than they should
#   > asked all at once: more than 100 of 1000 have another order than they should
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet faiss-cpu==1.15.1 numpy==2.4.6
cat > ask.py <<'PY'
import faiss
import numpy as np

random = np.random.default_rng(0)
noise = lambda: random.normal(size=(1000, 768))
rows = noise() + 2
# Of each row there is a near copy, and one that is twice as far from it.
table = np.concatenate([rows, rows + 0.001 * noise(), rows + 0.002 * noise()]).astype(np.float32)
rows = table[:1000]
index = faiss.IndexFlatL2(768)
index.add(table)
order = np.arange(1000)[:, None] + [0, 1000, 2000]
for name, count in [("one by one", 1), ("100 at a time", 100), ("all at once", 1000)]:
    found = np.concatenate([index.search(rows[start : start + count], 3)[1] for start in range(0, 1000, count)])
    other = int((found != order).any(1).sum())
    print(f"asked {name}: {'more than 100' if other > 100 else other} of 1000 have another order than they should")
PY
env/bin/python ask.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
