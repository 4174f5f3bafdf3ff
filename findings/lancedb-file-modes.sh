#!/usr/bin/env bash
# Software: @lancedb/lancedb 0.37.1, Linux x64, Node 20.20.2
# Expected: files that a library makes follow the process's umask and the folder that they are in, so that a database in a
#   folder that a group may read can be read by the group.
# Does: files of data, indexes, deletions and transactions are readable by their owner alone (600), whatever the umask; folders
#   and manifests follow the umask. A second user sees that the table is there, and fails when it reads rows. dinokit therefore
#   gives new files the permissions of the store's folder after every commit (decisions/0045).
# Seen 2026-11:
#   > data 600
#   > _deletions 600
#   > _indices 600
#   > _transactions 600
#   > _versions manifest 644
#   > folders 755
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --omit=optional @lancedb/lancedb@0.37.1 apache-arrow@18.1.0
npm install --silent --no-audit --no-fund "@lancedb/lancedb-linux-x64-gnu@0.37.1"
cat > write.mjs <<'JS'
import { connect, Index } from '@lancedb/lancedb'
const table = await (await connect('database')).createTable('rows', [{ id: 'a' }, { id: 'b' }])
await table.createIndex('id', { config: Index.btree() })
await table.delete(`id = 'b'`)
JS
umask 022
LANCEDB_LOG=error node write.mjs
mode() { find "database/rows.lance/$1" -type f -name "$2" -printf '%m\n' | sort -u; }
{
  for part in data _deletions _indices _transactions; do echo "$part $(mode "$part" '*')"; done
  echo "_versions manifest $(mode _versions '*.manifest')"
  echo "folders $(find database -type d -printf '%m\n' | sort -u)"
} | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
