#!/usr/bin/env bash
# Software: sharp 0.35.5 (libvips 8.18.7), Linux x64, Node 20.20.2
# Expected: `resize` of a file is `resize` of its pixels: a JPEG or WebP file gives what the same pixels give as PNG.
# Does: JPEG and WebP are decoded to a smaller image first, by their own decoders' averaging, where the result is small enough; what `resize` is left with is
#   another image. So the pixels depend on the format: here, with detail, by tens of 255, of WebP by any factor and of JPEG from 1/4 and less.
#   `fastShrinkOnLoad: false`, whose name says that it is about speed, leaves little of it, but not nothing; pixels that were decoded
#   in a call of their own are the way. dinokit resizes pixels.
# Seen 2026-11:
#   > png 1024 of 2048: the same; with fastShrinkOnLoad false the same
#   > png 224 of 2048: the same; with fastShrinkOnLoad false the same
#   > jpeg 1024 of 2048: the same; with fastShrinkOnLoad false the same
#   > jpeg 224 of 2048: tens of 255 apart; with fastShrinkOnLoad false a few of 255 apart
#   > webp 1024 of 2048: tens of 255 apart; with fastShrinkOnLoad false the same
#   > webp 224 of 2048: tens of 255 apart; with fastShrinkOnLoad false the same
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat > resize.js <<'JS'
import sharp from 'sharp'

const side = 2048
// Waves that get shorter to the right.
const gray = Buffer.from(
  Array.from({ length: side * side }, (_, i) => 128 + 100 * Math.sin((i % side) ** 2 / 2600) * Math.cos(Math.floor(i / side) / 5)),
)
const word = (apart) => (apart === 0 ? 'the same' : apart < 10 ? 'a few of 255 apart' : 'tens of 255 apart')
for (const format of ['png', 'jpeg', 'webp'])
  for (const to of [1024, 224]) {
    const file = await sharp(gray, { raw: { width: side, height: side, channels: 1 } }).toFormat(format, { quality: 95 }).toBuffer()
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
    const said = []
    for (const options of [{}, { fastShrinkOnLoad: false }]) {
      const resized = (image) => image.resize(to, to, { kernel: 'cubic', ...options }).raw().toBuffer()
      const [ofFile, ofPixels] = [await resized(sharp(file)), await resized(sharp(data, { raw: info }))]
      said.push(word(ofFile.reduce((most, value, i) => Math.max(most, Math.abs(value - ofPixels[i])), 0)))
    }
    console.log(`${format} ${to} of ${side}: ${said.join('; with fastShrinkOnLoad false ')}`)
  }
JS
node resize.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
