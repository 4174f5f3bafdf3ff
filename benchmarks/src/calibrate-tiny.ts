/**
 * Makes packages/model-tiny/assets/int8.safetensors: what 8 bits do to each layer of the embedded model, from 40 images of shared/data/train. Run by hand:
 * `npx tsx benchmarks/src/calibrate-tiny.ts`; it takes some minutes.
 */
import { IMAGENET_PREPROCESSING, preprocess, type Pixels } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { sharedPath } from '@dinokit/testing'
import { calibrateInt8, writeCalibration, type VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const [IMAGES, OF] = [40, 3000]

const runtime = createNodeRuntime()
const backbone = (await loadBackbone(runtime, 'tiny')) as VitBackbone
const images: Pixels[] = []
for (let i = 0; i < IMAGES; i++) {
  const file = `${String(Math.floor(((i + 0.5) * OF) / IMAGES)).padStart(5, '0')}.jpg`
  const pixels = await runtime.decodeImage(join(sharedPath('data/train'), file))
  images.push(preprocess(pixels, { preprocessing: IMAGENET_PREPROCESSING, patch: 14 }).pixels)
}
const calibration = await calibrateInt8(runtime, backbone, images, { sortedBy: IMAGES })
await writeFile(new URL('../../packages/model-tiny/assets/int8.safetensors', import.meta.url), writeCalibration(calibration))
console.log(`float32: ${calibration.float32.join(' ')}`)
await runtime.close()
