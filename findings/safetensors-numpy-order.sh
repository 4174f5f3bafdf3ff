#!/usr/bin/env bash
# Software: safetensors 0.8.0, numpy 2.4.6, Linux x64, Python 3.11
# Expected: `safetensors.numpy.save_file` writes an array as it prints, whatever its order in memory (numpy.save does), or refuses one that
#   is not contiguous (`safetensors.torch.save_file` does).
# Does: it writes the memory as it lies there under the shape that the array has. The transpose of a weight, or an image turned from height,
#   width, channels to channels first, comes back with its numbers at other places, without a word; its docstring does say that tensors
#   have to be contiguous. Arrays of big-endian numbers, as FITS files have, are converted. `numpy.ascontiguousarray` is the way out.
# Seen 2026-11:
#   > the transpose is [[0, 3], [1, 4], [2, 5]]
#   > saved and loaded [[0, 1], [2, 3], [4, 5]]
#   > by numpy.ascontiguousarray [[0, 3], [1, 4], [2, 5]]
#   > by numpy.save [[0, 3], [1, 4], [2, 5]]
#   > big-endian [[0, 1, 2], [3, 4, 5]]
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet safetensors==0.8.0 numpy==2.4.6
cat > save.py <<'PY'
import numpy as np
from safetensors.numpy import load_file, save_file


def back(array):
    save_file({"weight": array}, "saved.safetensors")
    return load_file("saved.safetensors")["weight"].astype(int).tolist()


weight = np.arange(6, dtype=np.float32).reshape(2, 3)
np.save("saved.npy", weight.T)
print("the transpose is", weight.T.astype(int).tolist())
print("saved and loaded", back(weight.T))
print("by numpy.ascontiguousarray", back(np.ascontiguousarray(weight.T)))
print("by numpy.save", np.load("saved.npy").astype(int).tolist())
print("big-endian", back(weight.astype(">f4")))
PY
env/bin/python save.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
