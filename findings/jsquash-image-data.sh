#!/usr/bin/env bash
# Software: @jsquash/avif 2.1.1, Node 20.20.2
# Expected: a decoder that is used in Node leaves the global scope as it was.
# Does: it defines a global ImageData when its module is made, and looks that up at the first decoding, so that it can't be removed
#   before then; libraries that tell a page from Node by ImageData take the process for a page. dinokit lends it a class while it
#   works (packages/decoders).
# Seen 2026-11:
#   > before: undefined
#   > after a module is made: function
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund @jsquash/avif@2.1.1
cat > make.js <<'JS'
import { readFileSync } from 'node:fs'
import { init } from '@jsquash/avif/decode.js'

console.log(`before: ${typeof ImageData}`)
await init(await WebAssembly.compile(readFileSync('node_modules/@jsquash/avif/codec/dec/avif_dec.wasm')))
console.log(`after a module is made: ${typeof ImageData}`)
JS
node make.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
