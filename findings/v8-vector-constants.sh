#!/usr/bin/env bash
# Software: V8 11.3 of Node 20.20.2 and 13.6 of Node 24.21.0, x86-64: WebAssembly with vectors
# Expected: a vector constant (v128.const) costs nothing in a loop: the compiler makes it once, or reads it from memory
# Does: V8 13.6 makes it anew wherever it is used, in the innermost loop too: sums of products of 16 bits by ones take twice as long as
#   where the same constant is put into a variable before the loop. V8 11.3 shows no difference. dinokit's kernels load their
#   constants once; written out in the loop, one made products of bytes slower than those of 16 bits, which they are a fifth faster than.
#   Slow below is 1.5 times the fastest, or more.
# Seen 2026-11:
#   > V8 11.3: constant in the loop fast, in a variable fast, loaded fast; all give the same
#   > V8 13.6: constant in the loop slow, in a variable fast, loaded fast; all give the same
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > time.mjs <<'JS'
const leb = (value) => (value < 64 ? [value] : [(value & 127) | 128, ...leb(value >> 7)])
const simd = (operation, ...rest) => [0xfd, ...leb(operation), ...rest]
const list = (items) => [...leb(items.length), ...items.flat()]
const section = (id, body) => [id, ...leb(body.length), ...body]
const text = (value) => list(Array.from(Buffer.from(value), (byte) => [byte]))
const get = (local) => [0x20, local]
const set = (local) => [0x21, local]
const [AT, END, ONES, FIRST, SUMS] = [0, 1, 2, 3, 8]
const load = (offset) => simd(0, 4, ...leb(offset))
const constant = simd(12, ...Array.from({ length: 8 }, () => [1, 0]).flat())

/** A function that adds up the numbers of 16 bits from one address to another, eight vectors at a time: each times one, each two added. */
function make(before, ones) {
  const step = (at) => [...get(AT), ...load(16 * at), ...ones, ...simd(0xba), ...get(FIRST + at), ...simd(0xae), ...set(FIRST + at)]
  const each = Array.from({ length: SUMS }, (_, at) => at)
  const body = [
    ...list([[1 + SUMS, 0x7b]]),
    ...before,
    ...[0x03, 0x40, ...each.flatMap(step), ...get(AT), 0x41, ...leb(16 * SUMS), 0x6a, ...set(AT), ...get(AT), ...get(END), 0x49, 0x0d, 0, 0x0b],
    ...each.flatMap((at) => [0x41, 0, ...get(FIRST + at), ...simd(11, 4, ...leb(16 * at))]),
    0x0b,
  ]
  const module = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([[0x60, ...list([[0x7f], [0x7f]]), 0]])),
    ...section(2, list([[...text('host'), ...text('memory'), 2, 0, 1]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text('sum'), 0, 0]])),
    ...section(10, list([[...leb(body.length), ...body]])),
  ])
  const memory = new WebAssembly.Memory({ initial: 1 })
  new Int16Array(memory.buffer).fill(1, 256)
  const { sum } = new WebAssembly.Instance(new WebAssembly.Module(module), { host: { memory } }).exports
  const run = () => {
    const start = performance.now()
    for (let times = 0; times < 2000; times++) sum(1024, 1024 + 16 * SUMS * 128)
    return performance.now() - start
  }
  return { run, result: () => String(new Int32Array(memory.buffer, 0, 4 * SUMS)) }
}

const ways = {
  'constant in the loop': make([], constant),
  'in a variable': make([...constant, ...set(ONES)], get(ONES)),
  loaded: make([0x41, 0, ...load(1024), ...set(ONES)], get(ONES)),
}
const least = {}
for (let round = 0; round < 200; round++)
  for (const [name, { run }] of Object.entries(ways)) least[name] = Math.min(least[name] ?? Infinity, run())
const fastest = Math.min(...Object.values(least))
const said = Object.entries(least).map(([name, time]) => `${name} ${time / fastest >= 1.5 ? 'slow' : 'fast'}`)
const same = new Set(Object.values(ways).map(({ result }) => result())).size === 1
console.log(`V8 ${process.versions.v8.split('.').slice(0, 2).join('.')}: ${said.join(', ')}; all give ${same ? 'the same' : 'something else'}`)
JS
for version in 20.20.2 24.21.0; do
  npm install --silent --no-audit --no-fund --prefix "$version" "node@$version"
  "$version/node_modules/node/bin/node" time.mjs
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
