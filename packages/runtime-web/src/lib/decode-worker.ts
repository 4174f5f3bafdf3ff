// The worker that reads pictures' pixels back from the browser, and crops them: large ones take long enough to freeze a page.
import { createRandom, multiCrop, outcomeOf, type CropOptions, type MultiCrop, type Outcome, type Pixels } from '@dinokit/core'
import { expose, transfer } from 'comlink'
import { readPixels, type ReadPixelsOptions } from './read-pixels.ts'

const worker = {
  async readPixels(bitmap: ImageBitmap, options: ReadPixelsOptions): Promise<Outcome<Pixels>> {
    const outcome = await outcomeOf(() => readPixels(bitmap, options))
    return transfer(outcome, outcome.value ? [outcome.value.data.buffer as ArrayBuffer] : [])
  },
  async crop(picture: ImageBitmap | Pixels, options: ReadPixelsOptions, { recipe, keys }: Crops): Promise<Outcome<MultiCrop>> {
    const outcome = await outcomeOf(async () => {
      const pixels = picture instanceof ImageBitmap ? await readPixels(picture, options) : picture
      return multiCrop(pixels, recipe, createRandom(...keys))
    })
    const crops = outcome.value ? [...outcome.value.global, ...outcome.value.local] : []
    return transfer(
      outcome,
      crops.map(({ pixels }) => pixels.data.buffer as ArrayBuffer),
    )
  },
}

/** What crops are to be made. */
export type Crops = Pick<CropOptions, 'recipe' | 'keys'>

/** What the decoding worker can be asked. */
export type DecodeWorker = typeof worker

expose(worker)
