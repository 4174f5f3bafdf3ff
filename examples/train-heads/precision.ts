// Measures what 8 bits cost the embedded model's own heads on NYUv2's validation images: `npx tsx precision.ts`.
import { evaluateDense, roundMetrics } from '@dinokit/train/stored'
import { open } from 'dinokit'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CLASSES, IGNORED, INPUT, LAYERS, openNyu } from './nyu.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

for (const precision of ['float32', 'int8'] as const) {
  await using vision = await open({ precision, allowPrecision: true, size: INPUT, layers: LAYERS })
  for (const task of ['depth', 'segmentation'] as const) {
    const { store, rows, annotation } = await openNyu(vision, pathOf('../../../shared/data/nyuv2'), {
      task,
      path: pathOf(`out/nyuv2-${precision}.store`),
    })
    const metrics = await evaluateDense(vision, store, {
      ...{ task, input: { layers: LAYERS, tokens: ['patches'] }, classes: CLASSES, ignore: IGNORED },
      ...{ weights: await readFile(pathOf(`../../packages/model-tiny/assets/${task}.safetensors`)), rows, annotation },
    })
    console.log(`${precision} ${task}: ${JSON.stringify(roundMetrics({ ...metrics }))}`)
    await store.close()
  }
}
