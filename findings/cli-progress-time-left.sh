#!/usr/bin/env bash
# Software: cli-progress 3.12.0, Node 20.20.2
# Expected: {eta_formatted} of a bar is blank or a sign where no time can be told yet, and a time where it can.
# Does: a bar that has just been started says 0s, whatever is left to do; one whose value was given again within the millisecond says
#   LLs, which is the end of the word NULL with an s behind it; one that has not moved for a while says NFs, the end of INF. dinokit
#   therefore tells the bar the time itself (packages/cli/src/output/time-left.ts).
# Seen 2026-11:
#   > started at 1 of 120: 0s left
#   > the same value within the millisecond: LLs left
#   > the same value later: NFs left
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund cli-progress@3.12.0
cat > bar.js <<'JS'
import cliProgress from 'cli-progress'
import { Writable } from 'node:stream'

let now = 1e12
Date.now = () => now
/** What a bar of 120 says last, of the values given, each so many milliseconds after the one before. */
function lastSaid(...steps) {
  let written = ''
  const stream = Object.assign(new Writable({ write: (chunk, _, done) => ((written += chunk), done()) }), { isTTY: true, columns: 80 })
  const bar = new cliProgress.SingleBar({ format: '{value} of {total}, {eta_formatted} left', stream, gracefulExit: false })
  bar.start(120, 1)
  for (const [value, after] of steps) {
    now += after
    bar.update(value)
  }
  bar.stop()
  return written.match(/\S+ left/g).at(-1)
}
console.log(`started at 1 of 120: ${lastSaid()}`)
console.log(`the same value within the millisecond: ${lastSaid([1, 0])}`)
console.log(`the same value later: ${lastSaid([1, 500])}`)
JS
node bar.js | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
