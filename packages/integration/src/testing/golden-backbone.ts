import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, type ModelCard } from '@dinokit/core'
import type { GoldenFolder } from '@dinokit/testing'
import { createVitBackbone, type VitBackbone } from '@dinokit/vit'

/**
 * Opens a small backbone that expected numbers were made by.
 *
 * @param folder - of expected numbers
 * @param variant - which: `mlp` unless it is said
 */
export async function openGoldenBackbone(folder: GoldenFolder, variant = 'mlp'): Promise<VitBackbone> {
  const config = JSON.parse(new TextDecoder().decode(await folder.read(`backbone/${variant}/config.json`))) as ModelCard['architecture'] & {
    readonly pixelMean: ModelCard['preprocessing']['mean']
    readonly pixelStd: ModelCard['preprocessing']['std']
  }
  return createVitBackbone(await openTensorFile(bytesSource('meta.pth', await folder.read(`backbone/${variant}/meta.pth`))), {
    id: variant,
    description: 'a golden backbone',
    architecture: config,
    interpolation: config.registers > 0 ? 'antialias' : 'offset',
    preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: config.pixelMean, std: config.pixelStd },
    parameters: 0,
    license: 'Apache-2.0',
    origin: folder.name,
  })
}
