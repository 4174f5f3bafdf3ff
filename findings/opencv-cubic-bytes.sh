#!/usr/bin/env bash
# Software: opencv-python-headless 5.0.0.93, numpy 2.2.6, Linux x64 (the wheel holds Intel's IPP), Python 3.11
# Expected: cv2.resize of an image of bytes gives the same bytes on every machine, and rounds the same way by each factor.
# Does: on x64 INTER_CUBIC is IPP's, which weighs by floats; OpenCV's own code, which is left on other processors, weighs by 11 bits:
#   1 value in 26 is one off. Images of few rows go by OpenCV's own code on x64 too. INTER_LINEAR and INTER_AREA have the same bytes
#   either way; to half of both sides INTER_AREA rounds halves up, by other factors to even. So models whose preprocessing calls cv2.resize
#   on bytes (Depth Anything 3) see other pixels on other machines. dinokit has the bytes of x64 (docs/heads.md).
# Seen 2026-11:
#   > mean .5 by 1/2: 1
#   > mean .5 by 1/4: 0
#   > cubic: 1 in 26 differs, by 1 at most
#   > linear: none differs
#   > area: none differs
#   > cubic of 2 rows: none differs
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > resized.py <<'PY'
import sys
import cv2, numpy as np

random = np.random.default_rng(0)
image = random.integers(0, 256, (280, 504, 3), dtype=np.uint8)
narrow = random.integers(0, 256, (2, 28, 3), dtype=np.uint8)
ways = {
    "cubic": (image, (504, 294), cv2.INTER_CUBIC),
    "linear": (image, (504, 294), cv2.INTER_LINEAR),
    "area": (image, (420, 238), cv2.INTER_AREA),
    "cubic of 2 rows": (narrow, (28, 14), cv2.INTER_CUBIC),
}
np.savez(sys.argv[1], **{name: cv2.resize(of, size, interpolation=way) for name, (of, size, way) in ways.items()})
PY
cat > compare.py <<'PY'
import cv2, numpy as np

# Pixels whose mean is one half.
for side in (2, 4):
    cell = np.tile(np.array([[0, 1], [0, 1]], np.uint8), (side, side))
    print(f"mean .5 by 1/{side}: {cv2.resize(cell, None, fx=1 / side, fy=1 / side, interpolation=cv2.INTER_AREA).ravel()[0]}")
ipp, own = np.load("ipp.npz"), np.load("own.npz")
for name in ipp.files:
    apart = np.abs(ipp[name].astype(int) - own[name])
    share = (apart > 0).mean()
    print(f"{name}: " + (f"1 in {round(1 / share)} differs, by {apart.max()} at most" if share else "none differs"))
PY
python3 -m venv .
bin/pip install --quiet numpy==2.2.6 opencv-python-headless==5.0.0.93
bin/python resized.py ipp.npz
OPENCV_IPP=disabled bin/python resized.py own.npz 2> warning
bin/python compare.py | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
