#!/usr/bin/env bash
# Software: tinyglobby 0.2.17, Node 20.20.2, Linux
# Expected: a folder that may not be listed is an error, or can be asked about.
# Does: it is left out without a word, so half of a dataset can be missing from what a glob finds. The `fs` option is the way to
#   notice: dinokit hands in a `readdir` that remembers what it could not list (packages/image-files/src/search/glob-files.ts).
# Seen 2026-11:
#   > found open/a.txt
#   > errors none
#   > readdir by the option was refused: shut
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund tinyglobby@0.2.17
mkdir -p files/open files/shut
touch files/open/a.txt files/shut/b.txt
chmod 755 "$folder"
chmod 000 files/shut
cat > look.mjs <<'JS'
import { readdir } from 'node:fs'
import { basename } from 'node:path'
import { glob } from 'tinyglobby'

// To root everything is open.
if (process.getuid() === 0) process.setuid(65534)
const errors = []
const found = await glob('**/*.txt', { cwd: 'files' }).catch((error) => (errors.push(error.message), []))
console.log(`found ${found.join()}`)
console.log(`errors ${errors.join() || 'none'}`)
const refused = []
const noting = (path, options, done) =>
  readdir(path, options, (error, entries) => {
    if (error) refused.push(basename(path))
    done(error, entries)
  })
await glob('**/*.txt', { cwd: 'files', fs: { readdir: noting } })
console.log(`readdir by the option was refused: ${refused.join()}`)
JS
node look.mjs > seen
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
