#!/usr/bin/env bash
# Software: sharp 0.35.5 (libheif 1.23.5), @jsquash/avif 2.1.1 (libavif), Linux x64, Node 20.20.2
# Expected: an AVIF file has the same pixels in every decoder, but for rounding, as a PNG file has and as a JPEG file nearly has.
# Does: where color is stored for two by two pixels (4:2:0, what most files have), libheif repeats it and libavif, which browsers
#   use, interpolates; at edges of saturated color they are tens of 255 apart. Neither binding has a setting for it. dinokit therefore
#   decodes AVIF by libavif in Node as well (decisions/0044).
# Seen 2026-11:
#   > 4:4:4: at most a few of 255 apart
#   > 4:2:0: tens of 255 apart
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund sharp@0.35.5 @jsquash/avif@2.1.1
cat > compare.js <<'JS'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import decode, { init } from '@jsquash/avif/decode.js'

await init(await WebAssembly.compile(readFileSync('node_modules/@jsquash/avif/codec/dec/avif_dec.wasm')))
const side = 32
const colors = [[250, 30, 200], [20, 200, 40], [30, 60, 250]]
const source = Buffer.from(Array.from({ length: side * side }, (_, i) => colors[(Math.floor(i / side / 5) + Math.floor((i % side) / 5)) % 3]).flat())
for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
  const file = await sharp(source, { raw: { width: side, height: side, channels: 3 } }).avif({ quality: 90, chromaSubsampling }).toBuffer()
  const byLibheif = await sharp(file).removeAlpha().raw().toBuffer()
  const { data } = await decode(file)
  const apart = Math.max(...byLibheif.map((value, i) => Math.abs(value - data[Math.floor(i / 3) * 4 + (i % 3)])))
  console.error(`${chromaSubsampling}: ${apart}`)
  console.log(`${chromaSubsampling}: ${apart <= 3 ? 'at most a few' : apart >= 20 ? 'tens' : 'some'} of 255 apart`)
}
JS
node compare.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
