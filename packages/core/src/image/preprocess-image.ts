import type { PreprocessImageOptions, Runtime, Timed } from '../contract/runtime.ts'
import { planInput } from './plan-input.ts'
import { preprocess, type ModelInput } from './preprocess.ts'

/**
 * Opens an image, decodes no more of it than a model's input needs, and makes it that.
 *
 * @param runtime - that opens it
 * @param source - the image
 * @param options - the input's size, the card's preprocessing and patch, limit, cancellation
 * @throws DinokitError those of `openImage`, and `size-invalid` as {@link preprocess}
 */
export async function preprocessImage<Source>(
  { openImage }: Pick<Runtime<Source>, 'openImage'>,
  source: Source,
  options: PreprocessImageOptions,
): Promise<Timed<ModelInput>> {
  const started = performance.now()
  await using image = await openImage(source, options)
  const plan = planInput(image.size, options)
  const pixels = await image.read(plan.region)
  const decoded = performance.now()
  return { ...preprocess(pixels, plan), decode: decoded - started, preprocess: performance.now() - decoded }
}
