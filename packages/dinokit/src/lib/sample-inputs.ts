import {
  DinokitError,
  preprocessImage,
  type AssetOptions,
  type Backbone,
  type ModelInput,
  type Pixels,
  type PreprocessImageOptions,
  type Runtime,
} from '@dinokit/core'
import { TINY_SAMPLES } from '@dinokit/model-tiny/calibration'
import { readOwnAsset } from './read-own-asset.ts'

/**
 * Prepares the four images that come with dinokit as inputs of a model, by which it can be calibrated: cut as the card says, whole, and both
 * mirrored.
 *
 * @param runtime - that reads files and decodes
 * @param backbone - for whose inputs
 * @param options - progress, cancellation
 * @returns 16 inputs
 * @throws DinokitError `model-unsupported` for a model of another number of channels than three
 */
export async function sampleInputs(runtime: Runtime, { card }: Pick<Backbone, 'card'>, options: AssetOptions = {}): Promise<Pixels[]> {
  const { preprocessing, architecture } = card
  const { channels = 3, patch } = architecture
  if (channels !== 3)
    throw new DinokitError(
      'model-unsupported',
      `${card.id} takes images of ${channels} channels, and those that come with dinokit have 3.`,
      {
        given: 'no calibration',
        expected: 'a calibration made of images of the kind that the model sees',
        hint: 'Make one of your pixels with calibrateInt8 of @dinokit/vit, and keep it with writeCalibration.',
      },
    )
  const whole = { width: preprocessing.crop, height: preprocessing.crop }
  const ways = [{}, { size: whole }, { flip: true }, { size: whole, flip: true }]
  const images: Uint8Array[] = []
  for (const { href } of TINY_SAMPLES) {
    const source = await readOwnAsset(runtime, { kind: 'file', path: href }, options)
    images.push(await source.read(0, source.size))
    await source.close()
  }
  const { signal } = options
  const prepare = (image: Uint8Array, way: PreprocessImageOptions): Promise<ModelInput> =>
    runtime.preprocessImage?.(image, way) ?? preprocessImage(runtime, image, way)
  const inputs: Pixels[] = []
  for (const way of ways) {
    for (const image of images) inputs.push((await prepare(image, { preprocessing, patch, ...way, ...(signal && { signal }) })).pixels)
  }
  return inputs
}
