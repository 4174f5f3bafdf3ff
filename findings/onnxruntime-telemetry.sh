#!/usr/bin/env bash
# Software: onnxruntime-node 1.30.0, Linux x64, Node 20.20.2
# Expected: a library that runs models writes nothing and sends nothing.
# Does: at its first session it writes an id of the device and a database of events below the user's cache, reads the command
#   line and the machine's id, and uploads the events while the process lives. ORT_DISABLE_TELEMETRY=1 stops all of it. The
#   variable is read at the first session, not when the library is loaded, and only 1, true, yes, on and y count: 2 does not.
#   dinokit sets it to 1 (decisions/0041).
# Seen 2026-11:
#   > variable unset: deviceid onnxruntime.db
#   > set to 2: deviceid onnxruntime.db
#   > set to 1: nothing
#   > set to 1 once the library is loaded: nothing
#   > set to 1 once a session was made: deviceid onnxruntime.db
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
const off = (now) => process.argv[2] === now && (process.env.ORT_DISABLE_TELEMETRY = '1')
const { InferenceSession } = require('onnxruntime-node')
off('loaded')
InferenceSession.create(Buffer.from(model, 'base64')).then((session) => {
  off('made')
  return session.release()
})
JS
look() {
  mkdir home
  env -i PATH="$PATH" HOME="$PWD/home" ${3:-} node session.cjs "$2"
  local files
  files=$(find home -type f -printf '%f\n' | sort | tr '\n' ' ')
  echo "$1: ${files:-nothing }" | sed 's/ $//' | tee -a seen
  rm -r home
}
look 'variable unset' ''
look 'set to 2' '' ORT_DISABLE_TELEMETRY=2
look 'set to 1' '' ORT_DISABLE_TELEMETRY=1
look 'set to 1 once the library is loaded' loaded
look 'set to 1 once a session was made' made

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
