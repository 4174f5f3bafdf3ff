import { DinokitError, tensor, type AnyTensor, type SessionProbe, type Tensor } from '@dinokit/core'
import type { EngineSession } from '../sessions/engine-session.ts'

/** Finding of a probe: how a GPU's tokens and time compare with the processor's. */
export interface DeviceFinding {
  /** Smallest cosine of a token to the processor's; NaN where something is not a number. */
  readonly cosine: number
  /** Milliseconds of a run on the GPU, the best of some. */
  readonly deviceMs: number
  /** Milliseconds of a run on the processor, the best of some. */
  readonly processorMs: number
}

/** Part of a session that a probe needs. */
type Probed = Pick<EngineSession, 'run'>

/** Runs that are timed; one before them warms up. */
const TIMED = 3

/** Least cosine of a token, by precision; another precision's is the lower one. */
const LEAST: Readonly<Record<string, number>> = { float32: 0.9999 }
const LEAST_OF_OTHERS = 0.999

/**
 * Runs an example on a GPU and on the processor, and compares.
 *
 * @param device - session on the GPU
 * @param processor - session of the same model on the processor
 * @param probe - the example
 * @param signal - gives up
 * @throws DinokitError those of runs
 */
export async function probeDevice(device: Probed, processor: Probed, probe: SessionProbe, signal?: AbortSignal): Promise<DeviceFinding> {
  const feeds = probe.feeds(examplePixels(probe.shape))
  const [there, here] = [await device.run(feeds, signal), await processor.run(feeds, signal)]
  const best = async (session: Probed): Promise<number> => {
    let least = Infinity
    for (let i = 0; i < TIMED; i++) {
      const started = performance.now()
      await session.run(feeds, signal)
      least = Math.min(least, performance.now() - started)
    }
    return least
  }
  return { cosine: leastCosine(there, here), deviceMs: await best(device), processorMs: await best(processor) }
}

/**
 * Says why a GPU is not to be used, by what a probe found.
 *
 * @param device - name of the device
 * @param precision - number format of the network's computation
 * @param finding - of the probe
 * @returns a sentence; undefined where it is to be used
 */
export function objectionTo(device: string, precision: string, { cosine, deviceMs, processorMs }: DeviceFinding): string | undefined {
  const least = LEAST[precision] ?? LEAST_OF_OTHERS
  if (Number.isNaN(cosine)) return `${device} computes values that are not numbers.`
  if (cosine < least)
    return `${device} computes other tokens than the processor: a cosine of ${cosine.toFixed(5)}, where ${least} is needed.`
  if (deviceMs >= processorMs)
    return `${device} is no faster than the processor: ${deviceMs.toFixed(1)} and ${processorMs.toFixed(1)} ms an image.`
  return undefined
}

/**
 * Compares outputs token by token: rows of the last axis.
 *
 * @param outputs - of one session
 * @param expected - of the other, with the same names and shapes
 * @returns the smallest cosine of two rows; NaN where something is not a number
 */
export function leastCosine(outputs: Readonly<Record<string, AnyTensor>>, expected: Readonly<Record<string, AnyTensor>>): number {
  let least = 1
  for (const [name, { dtype, data, shape }] of Object.entries(expected)) {
    const other = outputs[name]
    if (dtype !== 'float32') continue
    if (other?.dtype !== 'float32' || other.data.length !== data.length)
      throw new DinokitError('internal', `The output ${name} is not what it is on the processor.`)
    const width = shape.at(-1) ?? 1
    for (let start = 0; start < data.length; start += width) {
      const cosine = cosineOf(data.subarray(start, start + width), other.data.subarray(start, start + width))
      if (Number.isNaN(cosine)) return NaN
      least = Math.min(least, cosine)
    }
  }
  return least
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! ** 2
    bb += b[i]! ** 2
  }
  return aa === 0 && bb === 0 ? 1 : ab / Math.sqrt(aa * bb)
}

/** Makes an example image: smooth areas, edges and fine texture. */
function examplePixels(shape: SessionProbe['shape']): Tensor<'uint8'> {
  const [, height, width, channels] = shape
  const data = new Uint8Array(height * width * channels)
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)]
    const smooth = ((x * (c + 1) + y * (channels - c)) * 160) / ((channels + 1) * width)
    const edge = (Math.floor((8 * x) / width) + Math.floor((6 * y) / height)) % 2 === 0 ? 60 : 0
    data[i] = smooth + edge + ((x * 7 + y * 13 + c * 5) % 32)
  }
  return tensor('uint8', data, shape)
}
