#!/usr/bin/env bash
# Software: @huggingface/transformers 4.3.2 (sharp 0.35.5) in Node 20.20.2; transformers 5.24.0 (BitImageProcessorPil), Pillow 12.0.0 in Python 3.11
# Expected: one preprocessor_config.json, DINOv2's, gives the same pixels in transformers.js as in transformers, but for rounding.
# Does: in Node the "bicubic" of the file is one affine transform that looks at 4x4 pixels of the source, however large the source is: a photo
#   that is reduced to 256 keeps single pixels of it. Python averages over all pixels that fall into one. Stripes of which each fifth column
#   is white become black and white stripes, which Python gives as the even gray that they are from afar. Grain, hair and grass
#   become noise so, and the vectors of large photos are others than those of the model's card. dinokit reduces as Pillow does (docs/images.md).
# Seen 2026-11:
#   > transformers: from 49 to 54 of 255, mean 51
#   > transformers.js: from 0 to 255 of 255, mean 50
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > preprocessor_config.json <<'JSON'
{
  "crop_size": { "height": 224, "width": 224 },
  "do_center_crop": true,
  "do_convert_rgb": true,
  "do_normalize": false,
  "do_rescale": true,
  "do_resize": true,
  "image_processor_type": "BitImageProcessor",
  "resample": 3,
  "rescale_factor": 0.00392156862745098,
  "size": { "shortest_edge": 256 }
}
JSON
cat > pixels.py <<'PY'
import json

import numpy as np
from PIL import Image
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

stripes = np.zeros((1024, 1024, 3), np.uint8)
stripes[:, ::5] = 255
processor = BitImageProcessorPil(**json.load(open("preprocessor_config.json")))
values = processor(Image.fromarray(stripes), return_tensors="np")["pixel_values"] * 255
print(f"transformers: from {values.min():.0f} to {values.max():.0f} of 255, mean {values.mean():.0f}")
PY
cat > pixels.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { BitImageProcessor, RawImage } from '@huggingface/transformers'

const stripes = new Uint8ClampedArray(1024 * 1024 * 3).map((_, i) => (Math.floor(i / 3) % 1024 % 5 === 0 ? 255 : 0))
const processor = new BitImageProcessor(JSON.parse(readFileSync('preprocessor_config.json', 'utf8')))
const { pixel_values } = await processor(new RawImage(stripes, 1024, 1024, 3))
const values = Array.from(pixel_values.data, (value) => value * 255)
const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
const mean = values.reduce((a, b) => a + b) / values.length
console.log(`transformers.js: from ${least.toFixed()} to ${most.toFixed()} of 255, mean ${mean.toFixed()}`)
JS
python3 -m venv env
env/bin/pip install --quiet transformers==5.24.0 pillow==12.0.0 2> /dev/null
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @huggingface/transformers@4.3.2 sharp@0.35.5
{
  env/bin/python pixels.py 2> /dev/null
  node pixels.mjs
} | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
