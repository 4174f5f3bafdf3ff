#!/usr/bin/env bash
# Software: Jest 30.5.2, Node 20.20.2, Linux
# Expected: a test file runs in the main thread of its process, so an assignment to process.env reaches native code.
# Does: process.env in a test file is a plain copy, though node:worker_threads says that this is the main thread. Native code does
#   not see the assignment; a worker thread that is started with `env: SHARE_ENV` still has the real environment. dinokit
#   therefore sets ORT_DISABLE_TELEMETRY in such a thread, its engine's (decisions/0041).
# Seen 2026-11:
#   > in a test file: main thread true, native code sees undefined
#   > set in a thread with SHARE_ENV: native code sees set
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund jest@30.5.2
cat > environment.test.js <<'JS'
const { appendFileSync } = require('node:fs')
const { isMainThread, SHARE_ENV, Worker } = require('node:worker_threads')

const native = (name) => process.report.getReport().environmentVariables[name]
test('what native code sees', async () => {
  process.env.IN_TEST = 'set'
  appendFileSync('seen', `in a test file: main thread ${isMainThread}, native code sees ${native('IN_TEST')}\n`)
  const thread = new Worker('process.env.IN_THREAD = "set"', { eval: true, env: SHARE_ENV })
  await new Promise((done) => thread.on('exit', done))
  appendFileSync('seen', `set in a thread with SHARE_ENV: native code sees ${native('IN_THREAD')}\n`)
})
JS
npx jest --silent 2> log || { cat log; exit 1; }
cat seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
