// The worker that reads pictures' pixels back from the browser: large ones take long enough to freeze a page.
import { outcomeOf, type Outcome, type Pixels } from '@dinokit/core'
import { expose, transfer } from 'comlink'
import { readPixels, type ReadPixelsOptions } from './read-pixels.ts'

const worker = {
  async readPixels(bitmap: ImageBitmap, options: ReadPixelsOptions): Promise<Outcome<Pixels>> {
    const outcome = await outcomeOf(() => readPixels(bitmap, options))
    return transfer(outcome, outcome.value ? [outcome.value.data.buffer as ArrayBuffer] : [])
  },
}

/** What the decoding worker can be asked. */
export type DecodeWorker = typeof worker

expose(worker)
