#!/usr/bin/env bash
# Software: Vite 8.3.8, Node 20.20.2
# Expected: in a production build, import.meta.url of a module in a worker names a file that runs this module.
# Does: by Vite's default (worker.format "iife") a worker is one classic script: import.meta.url becomes self.location.href, the
#   worker's file, also in a module that is imported later by import(). Running that file does not run such a module. Libraries that
#   start their threads from new Worker(new URL(import.meta.url)), as onnxruntime-web does, wait for ever for threads that run
#   something else. dinokit's worker knows those threads by name and runs the module (decisions/0042).
# Seen 2026-11:
#   > iife: 1 file, import.meta.url is self.location.href
#   > es: 2 files, import.meta.url is import.meta.url
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund vite@8.3.8
echo '<script type="module" src="./main.js"></script>' > index.html
echo "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })" > main.js
echo "import('./later.js').then(({ here }) => postMessage(here()))" > worker.js
echo "export const here = () => 'here is ' + import.meta.url" > later.js
for format in iife es; do
  echo "export default { worker: { format: '$format' }, build: { outDir: '$format', target: 'es2022' } }" > vite.config.js
  npx vite build --logLevel silent
  files=$(ls $format/assets | grep -c -E '^(worker|later)')
  what=$(grep -hoE 'self\.location\.href|import\.meta\.url' $format/assets/*er*.js | sort -u)
  echo "$format: $files file$([ "$files" = 1 ] || echo s), import.meta.url is $what"
done > seen
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
