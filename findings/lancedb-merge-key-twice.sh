#!/usr/bin/env bash
# Software: @lancedb/lancedb 0.37.1, Linux x64, Node 20.20.2
# Expected: `mergeInsert('id')` with whenMatchedUpdateAll and whenNotMatchedInsertAll leaves one row an id, whatever it is given: that is
#   what upsert is for. Of rows with the same id the last wins, or they are refused.
# Does: they are refused where the id is in the table already, and all inserted where it is not: the first merge of a list that
#   names an image twice makes two rows, and the same merge again fails. dinokit has each id once in what it hands in (packages/store-node).
# Seen 2026-11:
#   > two rows of id 1, not in the table: 2 rows
#   > two rows of id 1, in the table: Ambiguous merge inserts are prohibited
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --omit=optional @lancedb/lancedb@0.37.1 apache-arrow@18.1.0
npm install --silent --no-audit --no-fund "@lancedb/lancedb-linux-x64-gnu@0.37.1"
cat > merge.js <<'JS'
import { connect } from '@lancedb/lancedb'

const table = await (await connect('database')).createTable('rows', [{ id: 0, label: 'a' }])
const merge = (rows) => table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows)
for (const where of ['not in the table', 'in the table']) {
  const rows = [{ id: 1, label: 'b' }, { id: 1, label: 'c' }]
  const said = await merge(rows).then(
    async () => `${await table.countRows('id = 1')} rows`,
    (error) => error.message.match(/Ambiguous merge inserts are prohibited|$/)[0] || error.message,
  )
  console.log(`two rows of id 1, ${where}: ${said}`)
}
JS
LANCEDB_LOG=error node merge.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
