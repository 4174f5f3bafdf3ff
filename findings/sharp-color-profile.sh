#!/usr/bin/env bash
# Software: sharp 0.35.5 (libvips 8.18.7) in Node 20.20.2; Pillow 12.0.0 in Python 3.11; Linux x64
# Expected: pixels of a PNG file are the numbers in it, in each decoder that has no word of color management in its call.
# Does: sharp converts a file that has a color profile to sRGB as it reads it; Pillow, and so transformers, torchvision and timm, give the
#   numbers as they lie there. Photos of most phones are in Display P3: saturated colors are tens of 255 apart, gray is not. `ignoreIcc: true`
#   leaves the numbers alone; `keepIccProfile()` is not needed for it, and does so too. dinokit applies no profile (docs/images.md).
# Seen 2026-11:
#   > sharp: red 255,0,0, skin 200,120,61, gray 128,128,128
#   > sharp, ignoreIcc: red 234,51,34, skin 189,124,72, gray 128,128,128
#   > Pillow: red 234,51,34, skin 189,124,72, gray 128,128,128
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
python3 -m venv env
env/bin/pip install --quiet pillow==12.0.0
cat > read.js <<'JS'
import sharp from 'sharp'

const pixels = Buffer.from([255, 0, 0, 200, 120, 60, 128, 128, 128])
await sharp(pixels, { raw: { width: 3, height: 1, channels: 3 } }).withIccProfile('p3').png().toFile('p3.png')
for (const [name, options] of [['sharp', {}], ['sharp, ignoreIcc', { ignoreIcc: true }]]) {
  const read = await sharp('p3.png', options).raw().toBuffer()
  const [red, skin, gray] = [0, 3, 6].map((at) => read.subarray(at, at + 3).join(','))
  console.log(`${name}: red ${red}, skin ${skin}, gray ${gray}`)
}
JS
cat > read.py <<'PY'
from PIL import Image

image = Image.open("p3.png").convert("RGB")
red, skin, gray = [",".join(map(str, image.getpixel((x, 0)))) for x in range(3)]
print(f"Pillow: red {red}, skin {skin}, gray {gray}")
PY
{
  node read.js
  env/bin/python read.py
} | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
