#!/usr/bin/env bash
# Software: sharp 0.35.5 (libvips 8.18.7), Linux x64, Node 20.20.2
# Expected: a TIFF file of 32-bit floating point samples from 0 to 1 is decoded to gray, or refused.
# Does: pixels of 8 bits are the samples cut to whole numbers and to 0 to 255, so that the image is black (0 or 1), without a word; signed
#   samples below 0 become 0. `metadata()` tells the kind of samples. dinokit therefore looks at them first (decisions/0044).
# Seen 2026-11:
#   > float 0.2 0.4 0.8 1.0 becomes 0 0 0 1
#   > metadata: float, b-w
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund sharp@0.35.5
cat > decode.js <<'JS'
import sharp from 'sharp'

/** A little-endian TIFF file of one row of gray, 32-bit floating point samples. */
function tiff(samples) {
  const tags = [[256, 4, samples.length], [257, 4, 1], [258, 3, 32], [259, 3, 1], [262, 3, 1], [273, 4, 8], [277, 3, 1], [278, 4, 1], [279, 4, samples.length * 4], [339, 3, 3]]
  const directory = 8 + samples.length * 4
  const file = Buffer.alloc(directory + 2 + tags.length * 12 + 4)
  file.write('II')
  file.writeUInt16LE(42, 2)
  file.writeUInt32LE(directory, 4)
  samples.forEach((sample, i) => file.writeFloatLE(sample, 8 + i * 4))
  file.writeUInt16LE(tags.length, directory)
  tags.forEach(([tag, type, value], i) => {
    const entry = directory + 2 + i * 12
    file.writeUInt16LE(tag, entry)
    file.writeUInt16LE(type, entry + 2)
    file.writeUInt32LE(1, entry + 4)
    if (type === 3) file.writeUInt16LE(value, entry + 8)
    else file.writeUInt32LE(value, entry + 8)
  })
  return file
}

const file = tiff([0.2, 0.4, 0.8, 1])
const pixels = await sharp(file).toColourspace('b-w').raw().toBuffer()
console.log(`float 0.2 0.4 0.8 1.0 becomes ${[...pixels].join(' ')}`)
const { depth, space } = await sharp(file).metadata()
console.log(`metadata: ${depth}, ${space}`)
JS
node decode.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
