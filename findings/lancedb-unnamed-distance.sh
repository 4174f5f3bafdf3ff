#!/usr/bin/env bash
# Software: @lancedb/lancedb 0.37.1, Linux x64, Node 20.20.2
# Expected: a vector index changes how fast `search` finds neighbors and not what near means; `bypassVectorIndex()` gives the exact neighbors that
#   an index is measured by; a query that names another distance than the index has is an error.
# Does: a query that names no distance has l2 until there is an index, then the index's (here cosine), and l2 again where it bypasses the index:
#   who measures an index so compares two distances and finds a bad index. One that names another distance than the index's looks at
#   every row, without a word. `explainPlan` tells. dinokit names its distance in every query.
# Seen 2026-11:
#   > before the index: short, within 5 degrees
#   > with an index by cosine: long, within 1 degree
#   > the same, past the index: short, within 5 degrees
#   > past the index by cosine: long, within 1 degree
#   > plan where no distance is named: uses the index
#   > plan by l2: looks at every row
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --omit=optional @lancedb/lancedb@0.37.1 apache-arrow@18.1.0
npm install --silent --no-audit --no-fund "@lancedb/lancedb-linux-x64-gnu@0.37.1"
cat > near.js <<'JS'
import { connect, Index } from '@lancedb/lancedb'

const at = (degrees, length) => [length * Math.cos((degrees * Math.PI) / 180), length * Math.sin((degrees * Math.PI) / 180)]
const rows = Array.from({ length: 300 }, (_, i) => ({ name: 'elsewhere', vector: at(90 + i / 2, 9) }))
rows.push({ name: 'short, within 5 degrees', vector: at(4, 1.1) }, { name: 'long, within 1 degree', vector: at(0.5, 7) })
const table = await (await connect('database')).createTable('rows', rows)
const query = () => table.search([1, 0]).limit(1)
const say = async (when, query) => console.log(`${when}: ${(await query.toArray())[0].name}`)
const plan = async (which, query) => console.log(`plan ${which}: ${/ANN/.test(await query.explainPlan(true)) ? 'uses the index' : 'looks at every row'}`)
await say('before the index', query())
await table.createIndex('vector', { config: Index.ivfFlat({ numPartitions: 1, distanceType: 'cosine' }) })
await say('with an index by cosine', query())
await say('the same, past the index', query().bypassVectorIndex())
await say('past the index by cosine', query().distanceType('cosine').bypassVectorIndex())
await plan('where no distance is named', query())
await plan('by l2', query().distanceType('l2'))
JS
LANCEDB_LOG=error node near.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
