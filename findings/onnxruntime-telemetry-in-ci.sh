#!/usr/bin/env bash
# Software: onnxruntime-node 1.30.0, Linux x64, Node 20.20.2
# Expected: what a library writes in continuous integration is what it writes on users' machines.
# Does: its telemetry is silent wherever a variable that CI services set, such as CI, has a value, so a test that looks for it
#   passes in CI whatever the program does. Tests of ours clear the environment first (engine-telemetry.node.test.ts).
# Seen 2026-11:
#   > CI unset: deviceid onnxruntime.db
#   > CI=true: nothing
#   > CI=false: deviceid onnxruntime.db
#   > GITHUB_ACTIONS=true: nothing
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
for set in '' CI=true CI=false GITHUB_ACTIONS=true; do
  mkdir home
  env -i PATH="$PATH" HOME="$PWD/home" $set node session.cjs
  files=$(find home -type f -printf '%f\n' | sort | tr '\n' ' ')
  echo "${set:-CI unset}: ${files:-nothing }" | sed 's/ $//' | tee -a seen
  rm -r home
done

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
