import type { OnnxModel } from '@dinokit/core'
import { triple } from '@dinokit/testing'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A model whose weights take longer to copy than a test does.
 *
 * @param onCopy - called while they are copied
 */
export function copiedForEver(onCopy: () => void): OnnxModel {
  const { graph, weights } = triple()
  return {
    graph,
    weights: {
      ...weights,
      async *chunks() {
        setImmediate(onCopy)
        await sleep(60_000)
        yield* weights.chunks()
      },
    },
  }
}
