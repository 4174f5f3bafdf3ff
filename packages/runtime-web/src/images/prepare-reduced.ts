// Loaded only where images are decoded fast; what it shares with exact decoding it is given, as importing would split files that every page loads.
import type { crop, ModelInput, Pixels, planInput, planView, preprocess, PreprocessImageOptions, Size, Timed } from '@dinokit/core'
import type { bgrxToRgb } from './bgrx-to-rgb.ts'
import type { lookInto } from './look-into.ts'
import type { Encoded } from './read-encoded.ts'

/** Functions of exact decoding that this takes part in. */
export interface SharedSteps {
  readonly crop: typeof crop
  readonly planInput: typeof planInput
  readonly planView: typeof planView
  readonly preprocess: typeof preprocess
  readonly bgrxToRgb: typeof bgrxToRgb
  readonly lookInto: typeof lookInto
}

/** Smallest ratio of sides at which a JPEG is decoded at a smaller scale: twice the result's is left for the resize. */
const REDUCED = 4
const MOST_REDUCED = 8

/**
 * Makes a large JPEG file a model's input, decoded at a smaller scale by WebCodecs.
 *
 * @param encoded - the file
 * @param options - the input's size, the card's preprocessing and patch, limit
 * @param steps - of exact decoding
 * @returns undefined where the file is no plain JPEG, or not four times as large as what it is resized to, where it has more pixels than
 *   the limit, or where the browser does not decode it so: then it is to be prepared exactly
 * @throws DinokitError `size-invalid`
 */
export async function prepareReduced(
  encoded: Encoded,
  options: PreprocessImageOptions,
  steps: SharedSteps,
): Promise<Timed<ModelInput> | undefined> {
  const started = performance.now()
  const { pixelLimit = Infinity } = options
  const { crop, planInput, planView, preprocess } = steps
  const { size, plain } = await steps.lookInto(encoded)
  if (!size || !plain || typeof ImageDecoder === 'undefined' || size.width * size.height > pixelLimit) return undefined
  const { placement, flip } = planInput(size, options)
  const { resized, left, top, input: window } = placement
  const ratio = Math.min(size.width / resized.width, size.height / resized.height)
  if (ratio < REDUCED || left < 0 || top < 0) return undefined
  const pixels = await decodeReduced(encoded, steps.bgrxToRgb, size, Math.min(2 ** Math.floor(Math.log2(ratio / 2)), MOST_REDUCED))
  if (!pixels) return undefined
  const decoded = performance.now()
  const view = planView(pixels, { placement: { resized, left, top, input: window }, flip }, options)
  const input = preprocess(crop(pixels, view.region), view)
  return { ...input, placement, decode: decoded - started, preprocess: performance.now() - decoded }
}

/** Decodes a plain JPEG at a half, a quarter or an eighth of its sides. */
async function decodeReduced({ blob }: Encoded, toRgb: SharedSteps['bgrxToRgb'], size: Size, by: number): Promise<Pixels | undefined> {
  const [width, height] = [Math.ceil(size.width / by), Math.ceil(size.height / by)]
  try {
    const data = await blob.arrayBuffer()
    const decoder = new ImageDecoder({ data, type: 'image/jpeg', transfer: [data], desiredWidth: width, desiredHeight: height })
    try {
      const { image } = await decoder.decode()
      return await readFrame(image, toRgb, { width, height }).finally(() => image.close())
    } finally {
      decoder.close()
    }
  } catch {
    // Damaged, or more than there is memory for: exact decoding says so.
    return undefined
  }
}

async function readFrame(image: VideoFrame, toRgb: SharedSteps['bgrxToRgb'], { width, height }: Size): Promise<Pixels | undefined> {
  const { format, visibleRect } = image
  if (format !== 'BGRX' || visibleRect?.width !== width || visibleRect.height !== height) return undefined
  const samples = new Uint8Array(width * height * 4)
  await image.copyTo(samples, { layout: [{ offset: 0, stride: width * 4 }] })
  return { data: toRgb(new Int32Array(samples.buffer)), width, height }
}
