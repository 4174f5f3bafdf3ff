// The worker that decodes images: large ones take long enough to freeze a page.
import { prepareImage, type Pixels, type PreparedImage, type PrepareImageOptions } from '@dinokit/core'
import { captureResult, type WorkerResult } from '@dinokit/runtime-kit'
import { expose, transfer } from 'comlink'
import { decodeEncoded } from './decode-encoded.ts'
import type { Encoded } from './read-encoded.ts'
import { readPixels } from './read-pixels.ts'

const worker = {
  hello: (): Promise<void> => Promise.resolve(),
  decode: (encoded: Encoded, pixelLimit: number | undefined): Promise<WorkerResult<Pixels>> =>
    handOver(() => decodeEncoded(encoded, pixelLimit === undefined ? {} : { pixelLimit }), whole),
  prepare: (encoded: Encoded, options: PrepareImageOptions): Promise<WorkerResult<PreparedImage>> =>
    handOver(
      () => prepareImage({ decodeImage: decodeEncoded }, encoded, options),
      ({ pixels }) => pixels,
    ),
  readPixels: (...bitmap: Parameters<typeof readPixels>): Promise<WorkerResult<Pixels>> => handOver(() => readPixels(...bitmap), whole),
}

const whole = (pixels: Pixels): Pixels => pixels

/** Captures the result of some work, with memory that changes hands. */
async function handOver<T>(work: () => Promise<T>, pixelsOf: (value: T) => Pixels): Promise<WorkerResult<T>> {
  const outcome = await captureResult(work)
  return transfer(outcome, outcome.value ? [pixelsOf(outcome.value).data.buffer as ArrayBuffer] : [])
}

/** Interface of the decoding worker. */
export type DecodeWorker = typeof worker

expose(worker)
