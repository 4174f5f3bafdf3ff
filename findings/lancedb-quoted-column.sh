#!/usr/bin/env bash
# Software: @lancedb/lancedb 0.37.1, Linux x64, Node 20.20.2
# Expected: in a filter, which is SQL, "label" in double quotes is the column of that name, as in PostgreSQL, SQLite and DataFusion, on which
#   LanceDB is built; 'label' in single quotes is a text. A name that needs quotes is so quoted.
# Does: double quotes make a text, too. "label" = 'dog' compares two texts, finds nothing, and is no error; "label" != 'dog' is true of
#   every row, and `delete` with it leaves none. In `valuesSql` of an update it is the text as well. Backquotes name a column.
#   dinokit writes all filters itself, by one function (packages/store-node).
# Seen 2026-11:
#   > label = 'dog': 1 of 2
#   > `label` = 'dog': 1 of 2
#   > "label" = 'dog': 0 of 2
#   > label = "dog": 1 of 2
#   > delete where "label" != 'dog': 0 of 2 left
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --omit=optional @lancedb/lancedb@0.37.1 apache-arrow@18.1.0
npm install --silent --no-audit --no-fund "@lancedb/lancedb-linux-x64-gnu@0.37.1"
cat > filter.js <<'JS'
import { connect } from '@lancedb/lancedb'

const table = await (await connect('database')).createTable('rows', [{ label: 'dog' }, { label: 'cat' }])
for (const filter of [`label = 'dog'`, "`label` = 'dog'", `"label" = 'dog'`, `label = "dog"`]) console.log(`${filter}: ${await table.countRows(filter)} of 2`)
await table.delete(`"label" != 'dog'`)
console.log(`delete where "label" != 'dog': ${await table.countRows()} of 2 left`)
JS
LANCEDB_LOG=error node filter.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
