import type { AnyTensor } from '@dinokit/core'
import type { EngineSession } from '@dinokit/runtime-kit'
import type { Feed } from '../engine/device-runs.ts'
import { mapValues } from '../engine/map-values.ts'
import type { OrtSession } from '../engine/ort-session.ts'

/** Knows which tensors are outputs that lie on the device still, and has them taken from there. */
export interface OutputLedger {
  /**
   * A session whose outputs are known, and to which those of others are fed from the device.
   *
   * @param session - on the engine that all sessions of this ledger share, which does what it is asked in the order of asking
   */
  follow(session: OrtSession): EngineSession
}

/** A session as it was last asked: outputs of any earlier run are gone, or will be before whatever is asked next. */
interface Followed {
  readonly id: number
  asked: number
  /** Outputs that were fed to some session once: worth keeping on the device. */
  readonly wanted: Set<string>
}

interface Origin {
  readonly from: Followed
  readonly run: number
  readonly output: string
  readonly kept: boolean
}

/**
 * Makes a ledger. On WebGPU an output is kept on the device from the run after its first being fed, until the same session
 * runs again or is released; it is recognized by its memory, whole or in part.
 */
export function createOutputLedger(): OutputLedger {
  const origins = new WeakMap<ArrayBufferLike, Origin>()
  const refer = (tensor: AnyTensor): Feed => {
    const { dtype, data, shape } = tensor
    const origin = origins.get(data.buffer)
    if (!origin || dtype !== 'float32' || data.length === 0) return tensor
    const { from, run, output, kept } = origin
    from.wanted.add(output)
    return kept && run === from.asked ? { session: from.id, output, byteOffset: data.byteOffset, shape } : tensor
  }
  return {
    follow({ id, run, release, ...about }) {
      if (about.engine.device !== 'webgpu') return { ...about, release, run: async (feeds) => (await run(feeds, [])).outputs }
      const followed: Followed = { id, asked: 0, wanted: new Set() }
      return {
        ...about,
        // Up to the asking nothing is awaited: what is referred to was asked for before, and nothing that ends it.
        async run(feeds) {
          const referred = mapValues(feeds, refer)
          const number = ++followed.asked
          const { outputs, kept } = await run(referred, [...followed.wanted])
          for (const [output, { data }] of Object.entries(outputs)) {
            origins.set(data.buffer, { from: followed, run: number, output, kept: kept.includes(output) })
          }
          return outputs
        },
        release() {
          followed.asked++
          return release()
        },
      }
    },
  }
}
