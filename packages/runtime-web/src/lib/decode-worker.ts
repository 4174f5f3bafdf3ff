// The worker that reads pictures' pixels back from the browser: large ones take long enough to freeze a page.
import { outcomeOf, type Outcome, type Pixels } from '@dinokit/core'
import { expose, transfer } from 'comlink'
import { decodeJpeg } from './decode-jpeg.ts'
import { readPixels } from './read-pixels.ts'

const worker = {
  decodeJpeg: (...jpeg: Parameters<typeof decodeJpeg>): Promise<Outcome<Pixels | undefined>> => handOver(() => decodeJpeg(...jpeg)),
  readPixels: (...bitmap: Parameters<typeof readPixels>): Promise<Outcome<Pixels>> => handOver(() => readPixels(...bitmap)),
}

async function handOver<T extends Pixels | undefined>(work: () => Promise<T>): Promise<Outcome<T>> {
  const outcome = await outcomeOf(work)
  return transfer(outcome, outcome.value ? [outcome.value.data.buffer as ArrayBuffer] : [])
}

/** What the decoding worker can be asked. */
export type DecodeWorker = typeof worker

expose(worker)
