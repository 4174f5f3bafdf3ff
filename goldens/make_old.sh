#!/usr/bin/env bash
# Makes numbers/old: files as an earlier dinokit wrote them, which today's must read. Needs a checkout of that time, with its
# packages installed: git worktree add ../old 63a1147 && cd ../old && npx pnpm@12 install
#
# Usage: bash make_old.sh CHECKOUT
#
# model-2.safetensors, whose card is of version 2 and says cropStart, is of 6a2e90e, in the repository of that time:
#
#     npx tsx packages/cli/src/bin.ts convert goldens/numbers/old/model-1.safetensors --card cropStart=floor --out model-2.safetensors
set -euo pipefail
checkout=$(cd "$1" && pwd)
out=$(cd "$(dirname "$0")/numbers" && pwd)/old
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dinokit() { "$checkout/node_modules/.bin/tsx" "$checkout/packages/dinokit/src/bin.ts" --quiet "$@"; }

cd "$folder"
mkdir -p album/living album/made "$out/run-1"
cp "$checkout"/examples/first-look/images/{astronaut,chelsea}.jpg album/living
cp "$checkout"/examples/first-look/images/{coffee,rocket}.jpg album/made
cat >student.json <<'JSON'
{
  "id": "small",
  "description": "a network of one block",
  "architecture": { "patch": 4, "dim": 16, "depth": 1, "heads": 1, "ffn": "mlp", "ffnHidden": 16, "registers": 0, "positionGrid": [4, 4], "layerNormEps": 1e-6 },
  "interpolation": "offset",
  "preprocessing": { "shortest": 16, "crop": 16, "filter": "bicubic", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] },
  "parameters": 2848,
  "licence": "Apache-2.0",
  "origin": "nothing"
}
JSON

dinokit embed album/living/chelsea.jpg --size 28x28 --layers 6,12 --attention 12 --pixels --out tokens.safetensors
dinokit index album --store album.store --labels-from-folders --size 28x28
dinokit train classify --store album.store --method logistic --folds 2 --out classification.safetensors
dinokit pretrain --student student.json --preset laptop --data album --global-size 16 --local-size 8 --locals 1 --prototypes 4 \
  --hidden 8 --batch 2 --steps 2 --out model.safetensors
dinokit distil --teacher model.safetensors --student student.json --data album --size 16 --batch 2 --steps 3 --seed 7 \
  --save-minutes 0.000001 --out student.safetensors
for file in student.json {tokens,classification,model,student}.safetensors; do
  cp "$file" "$out/${file%.*}-1.${file##*.}"
done
cp student.run/log.jsonl student.run/checkpoint-0000002.safetensors "$out/run-1/"

# What only programs wrote: colors of classes and a head's license; exported stores whose rows name no file of this machine.
script="$checkout/packages/dinokit/make-old.ts"
trap 'rm -rf "$folder" "$script"' EXIT
cat >"$script" <<'TS'
import { writeHeadFile } from '@dinokit/head-kit'
import { createMemoryStore, exportStore } from '@dinokit/store'
import { makeLayout, makeRows } from '@dinokit/store/testing'
import { writeFileSync } from 'node:fs'
const out = process.argv[2]!
const tensors = new Map([
  ['network.0.weight', { shape: [2, 192, 1, 1], data: Float32Array.from({ length: 384 }, (_, index) => Math.fround(Math.sin(index))) }],
  ['network.0.bias', { shape: [2], data: Float32Array.of(0.5, -0.25) }],
])
const description = {
  format: 1,
  task: 'segmentation',
  name: 'two-colors',
  backbone: { dim: 192 },
  input: { layers: [12], norm: true, tokens: ['patches'] },
  network: [{ kind: 'convolution' }],
  output: { kind: 'classes' },
  classes: [{ name: 'wall', id: '1', colour: [120, 121, 122] }, { name: 'floor' }],
  card: { data: 'none', licence: 'Apache-2.0', seed: 1 },
} as const
writeFileSync(`${out}/segmentation-1.safetensors`, writeHeadFile({ description, tensors }))

const store = createMemoryStore(makeLayout())
await store.append(makeRows(makeLayout(), 12))
for (const format of ['parquet', 'safetensors'] as const) {
  const pieces: Uint8Array[] = []
  for await (const piece of exportStore(store, format)) pieces.push(piece)
  writeFileSync(`${out}/store-1.${format}`, Buffer.concat(pieces))
}
TS
"$checkout/node_modules/.bin/tsx" "$script" "$out"
