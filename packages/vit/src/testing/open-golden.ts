import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, type ModelCard } from '@dinokit/core'
import type { GoldenFolder } from '@dinokit/testing'
import { createVitBackbone, type VitBackbone } from '../vit-backbone.ts'

interface GoldenConfig {
  readonly depth: number
  readonly registers: number
  readonly pixelMean: ModelCard['preprocessing']['mean']
  readonly pixelStd: ModelCard['preprocessing']['std']
}

/** One of a folder's golden backbones, from one of its checkpoints. */
export async function openGolden(
  folder: GoldenFolder,
  variant: string,
  weights: string,
  family: 'meta' | 'huggingface',
): Promise<VitBackbone> {
  const config = JSON.parse(new TextDecoder().decode(await folder.read(`backbone/${variant}/config.json`))) as GoldenConfig &
    ModelCard['architecture']
  return createVitBackbone(await openTensorFile(bytesSource(weights, await folder.read(`backbone/${variant}/${weights}`))), {
    id: variant,
    description: 'a golden backbone',
    architecture: config,
    interpolation: config.registers > 0 ? 'antialias' : family === 'meta' ? 'offset' : 'plain',
    preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: config.pixelMean, std: config.pixelStd },
    parameters: 0,
    license: 'Apache-2.0',
    origin: folder.name,
  })
}
