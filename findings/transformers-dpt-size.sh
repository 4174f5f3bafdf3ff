#!/usr/bin/env bash
# Software: transformers 5.24.0 (DPTImageProcessorPil, the one without PyTorch), Pillow 12.0.0, Python 3.11
# Expected: with `keep_aspect_ratio` and a size of 518, as Depth Anything's preprocessor_config.json has them, one side of every image becomes
#   518; which side depends on the shape of the image alone, and Depth Anything's own code makes it the shorter one.
# Does: of both sides the one is brought to 518 whose length changes less, so it depends on how large the file is: the same picture of 2:1 is
#   enlarged by its longer side where it has 400x200 pixels, and reduced by its shorter side where it has 4000x2000. The network sees a
#   quarter of the patches of the small file, and maps of both can't be laid over each other. A narrow small image keeps 4 patches across.
#   dinokit's `size: { shortest: 518 }` brings the shorter side there whatever the file's size.
# Seen 2026-11:
#   > 400x200 becomes 518x252
#   > 4000x2000 becomes 1036x518
#   > 100x900 becomes 56x518
#   > 1000x9000 becomes 518x4662
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/pip install --quiet transformers==5.24.0 pillow==12.0.0 2> /dev/null
cat > sizes.py <<'PY'
from PIL import Image
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

processor = DPTImageProcessorPil(size={"height": 518, "width": 518}, keep_aspect_ratio=True, ensure_multiple_of=14)
for width, height in [(400, 200), (4000, 2000), (100, 900), (1000, 9000)]:
    pixels = processor(Image.new("RGB", (width, height)), return_tensors="np")["pixel_values"]
    print(f"{width}x{height} becomes {pixels.shape[3]}x{pixels.shape[2]}")
PY
env/bin/python sizes.py 2> /dev/null | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
