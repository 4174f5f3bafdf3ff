/**
 * Draws the attention of the embedded model's class token in its last layer (the mean of the heads), as it is and with a register at test
 * time, on the images of the first look.
 *
 *   npx tsx benchmarks/src/analysis/register-sheet.ts [FILE.jpg]
 *
 * Writes docs/test-time-registers.jpg where no file is given, and prints the share of attention on the four corners of 3x3 patches.
 */
import { attentionMaps, meanMap, overlay } from '@dinokit/analysis'
import { createVision, preprocess, type Pixels, type Tensor } from '@dinokit/core'
import { createNodeRuntime, decodeImage } from '@dinokit/runtime-node'
import { findRegisterNeurons, withTestTimeRegister, type VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { cornerShare } from '../lib/corner-share.ts'

const IMAGES = ['astronaut', 'chelsea', 'coffee', 'rocket'].map((name) =>
  fileURLToPath(new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url)),
)
const [SIDE, CELL, GAP] = [336, 200, 6]

const runtime = createNodeRuntime()
const load = async (): Promise<VitBackbone> => (await loadBackbone(runtime, 'tiny')) as VitBackbone
const vit = await load()
const { patch, depth } = vit.card.architecture
const squares = await Promise.all(
  IMAGES.map((path) => sharp(path).rotate().resize(SIDE, SIDE, { fit: 'cover' }).removeAlpha().png().toBuffer()),
)
const inputs = await Promise.all(
  squares.map(async (file) => preprocess(await decodeImage(file), { preprocessing: vit.card.preprocessing, patch, size: 'source' }).pixels),
)
const neurons = await findRegisterNeurons(runtime, vit, inputs)
const rows: Pixels[][] = [inputs]
for (const [name, backbone] of [
  ['as it is', vit],
  ['with a register', withTestTimeRegister(await load(), neurons)],
] as const) {
  await using vision = await createVision(runtime, backbone, { attention: [depth] })
  const maps: Tensor[] = []
  for (const file of squares) maps.push(meanMap(attentionMaps(await vision.embed(file, { size: 'source' }), { layer: depth })))
  const share = maps.reduce((sum, map) => sum + cornerShare(map), 0) / maps.length
  console.log(`${name}: ${share.toFixed(3)} of the attention on patches is on the corners`)
  rows.push(inputs.map((pixels, i) => overlay(pixels, maps[i]!, { palette: 'magma', opacity: 0.75 })))
}
await runtime.close?.()
const parts = await Promise.all(
  rows.flatMap((cells, row) =>
    cells.map(async ({ data, width, height }, column) => ({
      input: await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(CELL, CELL)
        .png()
        .toBuffer(),
      left: GAP + column * (CELL + GAP),
      top: GAP + row * (CELL + GAP),
    })),
  ),
)
const [width, height] = [GAP + inputs.length * (CELL + GAP), GAP + rows.length * (CELL + GAP)]
await sharp({ create: { width, height, channels: 3, background: '#16161a' } })
  .composite(parts)
  .jpeg({ quality: 72, mozjpeg: true })
  .toFile(process.argv[2] ?? fileURLToPath(new URL('../../../docs/test-time-registers.jpg', import.meta.url)))
