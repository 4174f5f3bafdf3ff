#!/usr/bin/env bash
# Software: csv-parse 7.0.3, Node 20.20.2
# Expected: of a header that names a column twice, an error; it refuses rows of another length.
# Does: the last of the two wins without a word, and names that differ in the case of their letters are two columns. dinokit reads the
#   header itself and refuses a column that it needs and finds twice (packages/image-files/src/labels/parse-table.ts).
# Seen 2026-11:
#   > [{"path":"a.png","label":"dog"}]
#   > [{"path":"a.png","label":"cat","Label":"dog"}]
#   > a row too long: Invalid Record Length
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund csv-parse@7.0.3
cat > parse.mjs <<'JS'
import { parse } from 'csv-parse/sync'

console.log(JSON.stringify(parse('path,label,label\na.png,cat,dog\n', { columns: true })))
console.log(JSON.stringify(parse('path,label,Label\na.png,cat,dog\n', { columns: true })))
try {
  parse('path,label\na.png,cat,dog\n', { columns: true })
} catch (error) {
  console.log(`a row too long: ${error.message.split(':')[0]}`)
}
JS
node parse.mjs > seen
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
