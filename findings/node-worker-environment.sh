#!/usr/bin/env bash
# Software: Node 20.20.2 and 24.21.0, Linux
# Expected: code in a worker thread sets a variable for a native library by `process.env.NAME = ...`, as the main thread does.
# Does: a worker's process.env is a copy; native code in that worker reads the environment of the process. So it does where the
#   worker is started with `env: { ... }`. Only `env: SHARE_ENV` writes through. A diagnostic report, even one made in the
#   worker, tells what native code sees. dinokit therefore sets ORT_DISABLE_TELEMETRY in the main thread (decisions/0041).
# Seen 2026-11:
#   > v20.20.2 main thread: process.env yes, native yes
#   > v20.20.2 worker: process.env yes, native no
#   > v20.20.2 worker started with env: process.env yes, native no
#   > v20.20.2 worker with SHARE_ENV: process.env yes, native yes
#   > v24.21.0 main thread: process.env yes, native yes
#   > v24.21.0 worker: process.env yes, native no
#   > v24.21.0 worker started with env: process.env yes, native no
#   > v24.21.0 worker with SHARE_ENV: process.env yes, native yes
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > look.cjs <<'JS'
const { SHARE_ENV, threadId, Worker } = require('node:worker_threads')
const look = (where, name) => {
  if (where !== 'worker started with env') process.env[name] = 'set'
  const yes = (value) => (value === 'set' ? 'yes' : 'no')
  const { environmentVariables } = process.report.getReport()
  console.log(`${process.version} ${where}: process.env ${yes(process.env[name])}, native ${yes(environmentVariables[name])}`)
}
const start = (where, name, options) => new Promise((done) => new Worker(__filename, { ...options, argv: [where, name] }).on('exit', done))
if (threadId > 0) look(process.argv[2], process.argv[3])
else {
  look('main thread', 'A')
  start('worker', 'B', {})
    .then(() => start('worker started with env', 'C', { env: { C: 'set' } }))
    .then(() => start('worker with SHARE_ENV', 'D', { env: SHARE_ENV }))
}
JS
for version in 20.20.2 24.21.0; do
  npm install --silent --no-audit --no-fund --prefix "$version" "node@$version"
  "$version/node_modules/node/bin/node" look.cjs
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
