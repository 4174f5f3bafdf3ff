// The worker that decodes images: large ones take long enough to freeze a page.
import {
  addAsyncDispose,
  crop,
  planInput,
  planView,
  preprocess,
  preprocessImage,
  type ModelInput,
  type Pixels,
  type PreprocessImageOptions,
  type Region,
  type Timed,
} from '@dinokit/core'
import { captureResult, type WorkerResult } from '@dinokit/runtime-kit'
import { expose, transfer } from 'comlink'
import { bgrxToRgb } from './bgrx-to-rgb.ts'
import { lookInto } from './look-into.ts'
import { openEncoded } from './open-encoded.ts'
import type { Encoded } from './read-encoded.ts'
import { readPixels } from './read-pixels.ts'

const worker = {
  hello: (): Promise<void> => Promise.resolve(),
  decode: (encoded: Encoded, pixelLimit: number | undefined, region: Region | undefined): Promise<WorkerResult<Pixels>> =>
    handOver(async () => {
      await using image = await openEncoded(encoded, pixelLimit === undefined ? {} : { pixelLimit })
      return await image.read(region)
    }, whole),
  preprocess: (encoded: Encoded, options: PreprocessImageOptions): Promise<WorkerResult<Timed<ModelInput>>> =>
    handOver(
      async () =>
        (options.decode === 'fast' ? await (await import('./prepare-reduced.ts')).prepareReduced(encoded, options, STEPS) : undefined) ??
        preprocessImage({ openImage: openEncoded }, encoded, options),
      ({ pixels }) => pixels,
    ),
  readPixels: (...bitmap: Parameters<typeof readPixels>): Promise<WorkerResult<Pixels>> => handOver(() => readPixels(...bitmap), whole),
}

/** Steps of exact decoding that fast decoding shares. */
const STEPS = { bgrxToRgb, crop, lookInto, planInput, planView, preprocess }

const whole = (pixels: Pixels): Pixels => pixels

/** Captures the result of some work, with memory that changes hands. */
async function handOver<T>(work: () => Promise<T>, pixelsOf: (value: T) => Pixels): Promise<WorkerResult<T>> {
  const outcome = await captureResult(work)
  return transfer(outcome, outcome.value ? [pixelsOf(outcome.value).data.buffer as ArrayBuffer] : [])
}

/** Interface of the decoding worker. */
export type DecodeWorker = typeof worker

addAsyncDispose()
expose(worker)
