#!/usr/bin/env bash
# Software: onnxruntime-node 1.30.0, Linux x64, Node 20.20.2
# Expected: temporary files go with the process that made them.
# Does: unless its telemetry is off, each process leaves an empty log of its own in the temporary folder, besides a file with an
#   id of the session: a server that starts a process a request fills the folder with names. With ORT_DISABLE_TELEMETRY=1 there
#   are none (decisions/0041).
# Seen 2026-11:
#   > two processes: .ses mat-debug-PID.log mat-debug-PID.log
#   > two processes with ORT_DISABLE_TELEMETRY=1: nothing
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Its install script downloads libraries of GPUs, which are not used here.
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
cat > session.cjs <<'JS'
// A model that gives its input.
const model = 'CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAN'
require('onnxruntime-node')
  .InferenceSession.create(Buffer.from(model, 'base64'))
  .then((session) => session.release())
JS
look() {
  mkdir home temp
  for _ in 1 2; do env -i PATH="$PATH" HOME="$PWD/home" TMPDIR="$PWD/temp" ${2:-} node session.cjs; done
  local files
  files=$(find temp -type f -printf '%f\n' | sort | sed 's/-[0-9]*\.log/-PID.log/' | tr '\n' ' ')
  echo "$1: ${files:-nothing }" | sed 's/ $//' | tee -a seen
  rm -r home temp
}
look 'two processes'
look 'two processes with ORT_DISABLE_TELEMETRY=1' ORT_DISABLE_TELEMETRY=1

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
