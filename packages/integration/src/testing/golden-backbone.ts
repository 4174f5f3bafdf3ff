import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, type Backbone, type ModelCard } from '@dinokit/core'
import type { GoldenFolder } from '@dinokit/testing'
import { createVitBackbone } from '@dinokit/vit'

/**
 * Opens the small backbone that expected numbers were made by.
 *
 * @param folder - of expected numbers
 */
export async function openGoldenBackbone(folder: GoldenFolder): Promise<Backbone> {
  const config = JSON.parse(new TextDecoder().decode(await folder.read('backbone/mlp/config.json'))) as ModelCard['architecture'] & {
    readonly pixelMean: ModelCard['preprocessing']['mean']
    readonly pixelStd: ModelCard['preprocessing']['std']
  }
  return createVitBackbone(await openTensorFile(bytesSource('meta.pth', await folder.read('backbone/mlp/meta.pth'))), {
    id: 'mlp',
    description: 'a golden backbone',
    architecture: config,
    interpolation: 'offset',
    preprocessing: { shortest: 256, crop: 224, filter: 'bicubic', mean: config.pixelMean, std: config.pixelStd },
    parameters: 0,
    license: 'Apache-2.0',
    origin: folder.name,
  })
}
