#!/usr/bin/env bash
# Software: Node 20.20.2 and 24.21.0 (process.kill with signal 0), Linux
# Expected: process.kill(pid, 0) throws once a process was killed; libraries that look for the holder of a lock ask so.
# Does: it goes on to succeed until the parent has asked how its child ended. In a container whose first process is a program
#   that never asks, that is for ever, and so are its locks. dinokit therefore reads the state and the start in /proc/PID/stat.
# Seen 2026-11:
#   > v20.20.2 killed, not asked for: there, state Z
#   > v24.21.0 killed, not asked for: there, state Z
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > look.cjs <<'JS'
const { spawn } = require('node:child_process')
const { readFileSync } = require('node:fs')
// The shell becomes a process that never asks for its child.
const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
parent.stdout.once('data', (data) => {
  const pid = Number(data)
  process.kill(pid, 'SIGKILL')
  setTimeout(() => {
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))[1]
    console.log(`${process.version} killed, not asked for: ${process.kill(pid, 0) ? 'there' : 'gone'}, state ${state}`)
    parent.kill('SIGKILL')
  }, 500)
})
JS
for version in 20.20.2 24.21.0; do
  npm install --silent --no-audit --no-fund --prefix "$version" "node@$version"
  "$version/node_modules/node/bin/node" look.cjs
done | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
