#!/usr/bin/env bash
# Software: Node 24.21.0, Linux x64
# Expected: process.exit() ends the process at once, whatever its worker threads are at.
# Does: it terminates the threads one by one and waits for each; one that is in native code (here: a key that is derived) is only
#   looked at when that returns. process.execve, from 22.15, leaves the threads behind. An add-on that gives its results to a
#   thread that is being terminated has to expect every call to fail (decisions/0040).
# Seen 2026-11:
#   > exit: the native call was waited for
#   > execve: the native call was not waited for
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund node@24.21.0
cat > leave.js <<'JS'
import { Worker } from 'node:worker_threads'

// The time of some keys is measured first, so that the call is long on every machine.
const derive = (rounds) => `require('node:crypto').pbkdf2Sync('a', 'b', ${rounds}, 64, 'sha512')`
const timed = new Worker(`const start = performance.now(); ${derive(200_000)}; require('node:worker_threads').parentPort.postMessage(performance.now() - start)`, { eval: true })
const each = await new Promise((resolve) => timed.once('message', resolve))
const rounds = Math.ceil((4000 / each) * 200_000)
const busy = new Worker(`require('node:worker_threads').parentPort.postMessage('busy'); ${derive(rounds)}`, { eval: true })
await new Promise((resolve) => busy.once('message', resolve))
await new Promise((resolve) => setTimeout(resolve, 300))
process.stdout.write(`${Date.now()}\n`)
if (process.argv[2] === 'exit') process.exit(0)
process.execve('/bin/sh', ['sh', '-c', 'exit 0'], {})
JS
for way in exit execve; do
  began=$(PATH="$folder/node_modules/node/bin:$PATH" node leave.js "$way" 2> /dev/null)
  took=$(($(date +%s%3N) - began))
  echo "$way took $took ms" >&2
  if [ "$took" -gt 1500 ]; then echo "$way: the native call was waited for"; else echo "$way: the native call was not waited for"; fi
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
