import { DinokitError, type DeviceName, type Pixels, type Tensor, type Vision } from '@dinokit/core'
import { leastCosine } from '@dinokit/runtime-kit'
import { engineMemory, type ImageSource } from '@dinokit/runtime-node'
import { open } from 'dinokit'

/** Finding about a device of this machine, by the embedded model. */
export interface TriedDevice {
  readonly device: DeviceName
  /** Whether it opens and gives the processor's tokens. */
  readonly usable: boolean
  /** Name of the GPU. */
  readonly adapter?: string
  /** Why it is not usable. */
  readonly reason?: string
  /** Smallest cosine of a token to the processor's; 1 for the processor itself. */
  readonly cosine?: number
  /** Milliseconds to open the model. */
  readonly openMs?: number
  /** Milliseconds of a run on one image, and an image in batches. */
  readonly aloneMs?: number
  readonly batchMs?: number
  /** Memory that the engine's process holds, in bytes, where the system says so. */
  readonly memory?: number
}

const SIDE = 224
const BATCH = 8
/** A device that takes longer for an image is not asked for batches, in milliseconds. */
const SLOW_MS = 1000
/** Least cosine of a token to the processor's. */
const LEAST = 0.9999

const IMAGE: Pixels = {
  data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => ((i % 3) * 40 + ((i * 7) % 97) + ((i >> 9) % 64)) & 255),
  width: SIDE,
  height: SIDE,
}

/**
 * Tries a device on the embedded model: whether it opens, agrees with the processor, how fast it is and what it takes.
 *
 * @param device - to try
 * @param signal - gives up
 * @throws DinokitError `aborted`
 */
export async function tryDevice(device: DeviceName, signal: AbortSignal): Promise<TriedDevice> {
  try {
    const started = performance.now()
    await using vision = await open({ device, signal })
    const openMs = performance.now() - started
    const { adapter } = vision.engine
    const cosine = device === 'cpu' ? 1 : await agreement(vision, signal)
    const aloneMs = await alone(vision, signal)
    const batchMs = aloneMs > SLOW_MS ? undefined : await inBatches(vision, signal)
    const memory = engineMemory(device)
    return {
      device,
      usable: cosine >= LEAST,
      ...(adapter !== undefined && { adapter }),
      ...(!(cosine >= LEAST) && { reason: 'It gives other tokens than the processor: update its driver.' }),
      cosine,
      openMs,
      aloneMs,
      ...(batchMs !== undefined && { batchMs }),
      ...(memory !== undefined && { memory }),
    }
  } catch (error) {
    if (!DinokitError.is(error) || error.code === 'aborted') throw error
    return { device, usable: false, reason: error.message }
  }
}

/** Says it in a line. */
export function deviceWords({ device, adapter, usable, reason, cosine, openMs, aloneMs, batchMs, memory }: TriedDevice): string {
  if (cosine === undefined) return `not usable. ${reason}`
  return [
    ...(adapter === undefined ? [] : [adapter]),
    `opens in ${Math.round(openMs!)} ms`,
    ...(device === 'cpu'
      ? []
      : [`${usable ? 'agrees with the processor' : 'gives other tokens than the processor, not usable'} (cosine ${cosine.toFixed(6)})`]),
    `${aloneMs!.toFixed(1)} ms an image`,
    ...(batchMs === undefined ? [] : [`${batchMs.toFixed(1)} in batches of ${BATCH}`]),
    ...(memory === undefined ? [] : [`${Math.round(memory / 2 ** 20)} MiB`]),
  ].join(', ')
}

async function agreement(vision: Vision<ImageSource>, signal: AbortSignal): Promise<number> {
  await using processor = await open({ device: 'cpu', signal })
  const tokensOf = async (of: Vision<ImageSource>): Promise<{ cls: Tensor; patches: Tensor }> => {
    const { cls, patches } = await of.embed(IMAGE, { signal })
    return { cls, patches }
  }
  const [there, here] = [await tokensOf(vision), await tokensOf(processor)]
  return leastCosine(there, here)
}

async function alone(vision: Vision<ImageSource>, signal: AbortSignal): Promise<number> {
  let least = Infinity
  for (let i = 0; i < 3; i++) {
    const { timing } = await vision.embed(IMAGE, { signal })
    least = Math.min(least, timing.run)
    if (timing.run > SLOW_MS) break
  }
  return least
}

async function inBatches(vision: Vision<ImageSource>, signal: AbortSignal): Promise<number> {
  let least = Infinity
  const images = Array.from({ length: 2 * BATCH }, () => IMAGE)
  const started: number[] = []
  for await (const { error } of vision.stream(images, { batch: BATCH, signal })) {
    if (error) throw error
    started.push(performance.now())
  }
  for (let i = BATCH; i + BATCH <= started.length; i += BATCH) least = Math.min(least, (started[i + BATCH - 1]! - started[i - 1]!) / BATCH)
  return least
}
