#!/usr/bin/env bash
# Software: webpack 5.112.2, Node 20.20.2
# Expected: the name of a worker (new Worker(url, { name })) is for debuggers alone.
# Does: webpack makes the file's name of it, with its spaces: a server that does not decode %20 has no such file.
#   dinokit's workers have names without spaces.
# Seen 2026-11:
#   > image decoder.js
#   > main.js
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund webpack@5.112.2
echo "new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'image decoder' })" > main.js
echo "postMessage('here')" > worker.js
node -e "require('webpack')({ mode: 'production', entry: './main.js', context: process.cwd(), output: { path: process.cwd() + '/out' } }, (error, stats) => { if (error || stats.hasErrors()) throw error || stats.toString() })"
LC_ALL=C ls out > seen
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
