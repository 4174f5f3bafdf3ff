import {
  crop,
  planInput,
  planView,
  preprocess,
  preprocessImage,
  type ModelInput,
  type PreprocessImageOptions,
  type Timed,
} from '@dinokit/core'
import type { ImageSource } from './image-source.ts'
import { openImage } from './open-image.ts'

/**
 * Makes an image a model's input: what core's `preprocessImage` gives, bit for bit, unless `decode` is `fast`.
 *
 * @param source - see `openImage`
 * @param options - the input's size, the card's preprocessing and patch, how to decode, limit, cancellation
 * @throws DinokitError those of `openImage`, `size-invalid`
 */
export async function prepareImage(source: ImageSource, options: PreprocessImageOptions): Promise<Timed<ModelInput>> {
  if (options.decode !== 'fast') return preprocessImage({ openImage }, source, options)
  const started = performance.now()
  await using image = await openImage(source, options)
  const plan = planInput(image.size, options)
  const { placement, flip } = plan
  const { resized, left, top, input: window } = placement
  // What is wider than the resized image is padded in the plan's color: such inputs are small, and are not worth it.
  const reduced = left >= 0 && top >= 0 ? await image.readReduced?.(resized) : undefined
  const pixels = reduced ?? (await image.read(plan.region))
  const decoded = performance.now()
  const view = reduced && planView(resized, { placement: { resized, left, top, input: window }, flip }, options)
  const input = view ? preprocess(crop(pixels, view.region), view) : preprocess(pixels, plan)
  return { ...input, placement, decode: decoded - started, preprocess: performance.now() - decoded }
}
