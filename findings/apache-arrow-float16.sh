#!/usr/bin/env bash
# Software: apache-arrow 21.2.0 and 18.1.0 (which LanceDB asks for), Node 20.20.2
# Expected: the ways to read a vector of an Arrow table give the same numbers: get(), iterating, toJSON() and toArray().
# Does: of float16, toArray() gives the bits as whole numbers (1 is 15360), the others give numbers. Of a row of vectors, as LanceDB
#   gives one, toArray() is the quick way, and what one writes for float32. Distances of bits look like distances. dinokit takes
#   them for the bits that they are.
# Seen 2026-11:
#   > apache-arrow 18.1.0 float32: get 1, toJSON 1, toArray 1
#   > apache-arrow 18.1.0 float16: get 1, toJSON 1, toArray 15360
#   > apache-arrow 21.2.0 float32: get 1, toJSON 1, toArray 1
#   > apache-arrow 21.2.0 float16: get 1, toJSON 1, toArray 15360
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > read.mjs <<'JS'
import { createRequire } from 'node:module'

const version = process.argv[2]
const { Field, FixedSizeList, Float16, Float32, Table, tableFromIPC, tableToIPC, vectorFromArray } = createRequire(
  `${process.cwd()}/${version}/`,
)('apache-arrow')
for (const [name, type] of [['float32', new Float32()], ['float16', new Float16()]]) {
  const vectors = vectorFromArray([[1, 2], [3, 4]], new FixedSizeList(2, new Field('item', type)))
  const { vector } = tableFromIPC(tableToIPC(new Table({ vector: vectors }))).get(0)
  console.log(`apache-arrow ${version} ${name}: get ${vector.get(0)}, toJSON ${vector.toJSON()[0]}, toArray ${vector.toArray()[0]}`)
}
JS
for version in 18.1.0 21.2.0; do
  npm install --silent --no-audit --no-fund --prefix "$version" "apache-arrow@$version"
  node read.mjs "$version"
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
