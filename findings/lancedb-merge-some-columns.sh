#!/usr/bin/env bash
# Software: @lancedb/lancedb 0.37.1, Linux x64, Node 20.20.2
# Expected: `mergeInsert('id').whenMatchedUpdateAll()` with two of the columns, in a format that keeps columns apart, writes those
#   two; an index on another column goes on covering the rows.
# Does: it writes whole rows again, vectors too. Where that is all rows, the vector index is gone without a word, and searching
#   looks at every row. Where the column that is joined on has an index that covers the rows, it does as expected.
#   dinokit therefore makes the index of its keys anew
#   before it relabels (decisions/0045).
# Seen 2026-11:
#   > without an index on id: megabytes written more than 10, rows in the vector index none: it is gone
#   > with an index on id: megabytes written less than 2, rows in the vector index 5000
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --omit=optional @lancedb/lancedb@0.37.1 apache-arrow@18.1.0
npm install --silent --no-audit --no-fund "@lancedb/lancedb-linux-x64-gnu@0.37.1"
cat > merge.mjs <<'JS'
import { connect, Index } from '@lancedb/lancedb'
import { readdirSync, statSync } from 'node:fs'
const ROWS = 5000
const bytes = (table) =>
  readdirSync(`database/${table}.lance/data`).reduce((sum, name) => sum + statSync(`database/${table}.lance/data/${name}`).size, 0)
const row = (number) => ({ id: number, label: 'a', vector: Array.from({ length: 768 }, (_, i) => Math.sin(number * 7.3 + i)) })
for (const indexed of [false, true]) {
  const name = indexed ? 'with' : 'without'
  const table = await (await connect('database')).createTable(name, Array.from({ length: ROWS }, (_, number) => row(number)))
  await table.createIndex('vector', { config: Index.ivfFlat({ numPartitions: 4 }) })
  if (indexed) await table.createIndex('id', { config: Index.btree() })
  const before = bytes(name)
  const labels = Array.from({ length: ROWS }, (_, id) => ({ id, label: 'b' }))
  await table.mergeInsert('id').whenMatchedUpdateAll().execute(labels)
  const written = (bytes(name) - before) / 1e6
  const stats = await table.indexStats('vector_idx')
  const size = written > 10 ? 'more than 10' : written < 2 ? 'less than 2' : written.toFixed(1)
  console.log(`${name} an index on id: megabytes written ${size}, rows in the vector index ${stats?.numIndexedRows ?? 'none: it is gone'}`)
}
JS
LANCEDB_LOG=error node merge.mjs | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
