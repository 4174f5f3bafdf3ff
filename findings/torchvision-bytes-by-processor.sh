#!/usr/bin/env bash
# Software: torchvision 0.29.2, torch 2.15.0, Linux x64 with AVX2, Python 3.11
# Expected: `resize` of an image of bytes gives the same bytes on every x64 processor, and those that a resize of floats gives once they
#   are rounded.
# Does: with AVX2, every eighth value of a photograph is one off what floats give: both passes are in fixed point, with bytes in between.
#   Without it (here by ATEN_CPU_CAPABILITY), bilinear goes through floats and gives exactly theirs, bicubic does not. So the pixels
#   that a model sees depend on the machine, and on whether the processor resizes before or after it rescales. dinokit names the three
#   ways in a model's card (docs/images.md).
# Seen 2026-11:
#   > AVX2 bilinear: 1 in 8 differs, by 1 at most
#   > AVX2 bicubic: 1 in 7 differs, by 1 at most
#   > DEFAULT bilinear: none differs
#   > DEFAULT bicubic: 1 in 7 differs, by 1 at most
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv .
bin/pip install --quiet torchvision==0.29.2 torch==2.15.0
cat > resized.py <<'PY'
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import resize

smooth = torch.randint(0, 256, (3, 40, 60), generator=torch.Generator().manual_seed(0)).float()
image = resize(smooth, [480, 640], antialias=True).round().to(torch.uint8)
for filter in [InterpolationMode.BILINEAR, InterpolationMode.BICUBIC]:
    bytes = resize(image, [224, 224], interpolation=filter, antialias=True).int()
    floats = resize(image.float(), [224, 224], interpolation=filter, antialias=True).round().clamp(0, 255).int()
    apart = (bytes - floats).abs()
    share = (apart > 0).double().mean().item()
    said = f"1 in {round(1 / share)} differs, by {apart.max().item()} at most" if share else "none differs"
    print(f"{torch.backends.cpu.get_cpu_capability()} {filter.value}: {said}")
PY
for capability in avx2 default; do ATEN_CPU_CAPABILITY=$capability bin/python resized.py; done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
