#!/usr/bin/env bash
# Software: Node 20.20.2, 22.23.3 and 24.21.0, Linux x64
# Expected: a child process is given each message that was sent to it, as the messages are in the channel before its end is.
# Does: messages that it reads before anything listens are kept, but are forgotten once the channel's end is read: where the parent
#   ends while the child starts, `process.on('message')` gets nothing. What the child must know come what may, its arguments
#   have to say (decisions/0040).
# Seen 2026-11:
#   > 0 messages, not connected
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > parent.mjs <<'JS'
import { fork } from 'node:child_process'
const child = fork('./child.mjs')
child.send('remember', () => process.exit())
JS
cat > child.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
// A start that takes longer than its parent lives.
await setTimeout(1000)
let messages = 0
process.on('message', () => messages++)
await setTimeout(200)
writeFileSync('seen', `${messages} messages, ${process.connected ? '' : 'not '}connected\n`)
JS
node parent.mjs
until [ -s seen ]; do sleep 0.1; done

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
