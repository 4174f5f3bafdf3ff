#!/usr/bin/env bash
# Software: onnxruntime-node 1.30.0, Node 20.20.2, 22.23.3 and 24.21.0, Linux x64
# Expected: a float16 tensor holds the bits of its numbers in a Uint16Array, as the library's types say, in each Node that it supports; a model
#   that works in Node 22 works in Node 24.
# Does: where JavaScript has Float16Array (Node 24 and later) `data` is one instead. So what a model gives out is numbers where it was
#   bits, and code that turns bits into numbers turns them once more, in silence. What goes in fails: a Uint16Array is changed to a
#   Float16Array, whose length the native side reads as 0 bytes. A model that takes float32 and casts it itself works in both; with Float16Array
#   deleted before the library is loaded Node 24 does as the others.
# Seen 2026-11:
#   > v20.20.2 out: Uint16Array 15360,16384
#   > v20.20.2 in: Float32Array 1,2
#   > v22.23.3 out: Uint16Array 15360,16384
#   > v22.23.3 in: Float32Array 1,2
#   > v24.21.0 out: Float16Array 1,2
#   > v24.21.0 in: not enough space: expected 4, got 0
#   > v24.21.0 without Float16Array out: Uint16Array 15360,16384
#   > v24.21.0 without Float16Array in: Float32Array 1,2
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
cat > half.js <<'JS'
const name = [process.version, ...process.argv.slice(2)].join(' ')
if (process.argv[2]) delete globalThis.Float16Array
const { default: ort } = await import('onnxruntime-node')

// A model of one node that casts two numbers from one type to another, as ONNX writes it.
const bytes = (field, ...parts) => ((parts = parts.flat()), [(field << 3) | 2, parts.length, ...parts])
const text = (field, value) => bytes(field, [...Buffer.from(value)])
const number = (field, value) => [field << 3, value]
const value = (field, name, type) => bytes(field, text(1, name), bytes(2, bytes(1, number(1, type), bytes(2, bytes(1, number(1, 2))))))
const to = (type) => bytes(5, text(1, 'to'), number(3, type), [0xa0, 0x01, 2])
const cast = (type) => bytes(1, text(1, 'x'), text(2, 'y'), text(4, 'Cast'), to(type))
const graph = (from, to) => bytes(7, cast(to), text(2, 'graph'), value(11, 'x', from), value(12, 'y', to))
const model = (from, to) => Uint8Array.from([...number(1, 8), ...graph(from, to), ...bytes(8, text(1, ''), number(2, 17))])
const [FLOAT, FLOAT16] = [1, 10]

for (const [way, from, to, x] of [
  ['out', FLOAT, FLOAT16, new ort.Tensor('float32', [1, 2], [2])],
  ['in', FLOAT16, FLOAT, new ort.Tensor('float16', new Uint16Array([0x3c00, 0x4000]), [2])],
]) {
  const session = await ort.InferenceSession.create(model(from, to))
  const said = await session.run({ x }).then(({ y }) => `${y.data.constructor.name} ${y.data}`, (error) => error.message)
  console.log(`${name} ${way}: ${said}`)
}
JS
{
  for version in 20.20.2 22.23.3 24.21.0; do
    npm install --silent --no-audit --no-fund --prefix "$version" "node@$version"
    "$version/node_modules/node/bin/node" half.js
  done
  24.21.0/node_modules/node/bin/node half.js 'without Float16Array'
} | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
