#!/usr/bin/env bash
# Software: usearch 2.26.6 (Python 3.11, numpy 2.4.6) and 2.25.3 (Node 20.20.2), Linux x64
# Expected: an index that is given vectors of float32 compares those; the same library does so in each language.
# Does: in Python an index whose `dtype` is not named keeps bfloat16, 8 bits of each number, or float16, whichever the processor it is made on
#   is fast at: vectors that differ in the third digit are one, at distance 0, and come back rounded, in float32. In Node it keeps float32. An
#   index file therefore depends on the machine and on the language that made it. `dtype="f32"` settles it.
# Seen 2026-11:
#   > Python: distance to the copy 0, to the near one 0
#   > Python with f32: distance to the copy 0, to the near one more
#   > Node: distance to the copy 0, to the near one more
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > near.py <<'PY'
import numpy as np
from usearch.index import Index

rows = np.array([[0.1, 0.2, 0.3], [0.1001, 0.2, 0.3]], np.float32)
for name, options in [("Python", {}), ("Python with f32", {"dtype": "f32"})]:
    index = Index(ndim=3, metric="l2sq", **options)
    index.add(np.array([0, 1]), rows)
    found = index.search(rows[0], 2)
    distances = {int(key): "more" if distance > 0 else "0" for key, distance in zip(found.keys, found.distances)}
    print(f"{name}: distance to the copy {distances[0]}, to the near one {distances[1]}")
PY
cat > near.mjs <<'JS'
import usearch from 'usearch'

const index = new usearch.Index({ metric: 'l2sq', connectivity: 16, dimensions: 3 })
index.add(0n, new Float32Array([0.1, 0.2, 0.3]))
index.add(1n, new Float32Array([0.1001, 0.2, 0.3]))
const { keys, distances } = index.search(new Float32Array([0.1, 0.2, 0.3]), 2)
const at = (key) => (distances[keys.indexOf(key)] > 0 ? 'more' : '0')
console.log(`Node: distance to the copy ${at(0n)}, to the near one ${at(1n)}`)
JS
python3 -m venv env
env/bin/pip install --quiet usearch==2.26.6 numpy==2.4.6
npm install --silent --no-audit --no-fund --ignore-scripts usearch@2.25.3
{
  env/bin/python near.py
  node near.mjs
} | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
