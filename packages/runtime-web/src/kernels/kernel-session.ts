import type { AnyTensor } from '@dinokit/core'
import { KERNEL_THREAD } from '../engine/engine-thread.ts'
import { IMAGES, UnknownGraphError } from './graph/known-graph.ts'
import { createNetwork } from './network.ts'
import { readModel } from './graph/read-model.ts'
import { hasRelaxedSimd } from './relaxed-simd.ts'

/** Name of the kernels, as an engine. */
const KERNELS_NAME = 'dinokit kernels'

/** A network on the kernels. */
export interface KernelSession {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Runs it; blocks this thread. */
  readonly run: (feeds: Readonly<Record<string, AnyTensor>>) => Record<string, AnyTensor>
  readonly end: () => void
}

/**
 * Makes kernels for a model, in a worker.
 *
 * @param model - graph and weights
 * @param threads - of a run
 * @returns the session; the reason, where the model is a network of images that the kernels do not compute; undefined for what else it is
 */
export async function createKernelSession(
  model: { readonly graph: Uint8Array; readonly weights?: { readonly data: Uint8Array } },
  threads: number,
): Promise<KernelSession | string | undefined> {
  let isOfImages = false
  try {
    const graph = readModel(model.graph, model.weights?.data ?? new Uint8Array())
    isOfImages = graph.inputs.includes(IMAGES)
    if (!isOfImages) return undefined
    const relaxed = hasRelaxedSimd()
    const createWorker = (): Worker => new Worker(self.location.href, { type: isClassic() ? 'classic' : 'module', name: KERNEL_THREAD })
    const network = await createNetwork(graph, { threads, relaxed, createWorker })
    return {
      ...network,
      name: `${KERNELS_NAME}${relaxed ? '' : ' without relaxed SIMD'}`,
      inputs: graph.inputs,
      outputs: graph.outputs,
    }
  } catch (cause) {
    if (!isOfImages) return undefined
    const why = cause instanceof UnknownGraphError ? `do not know its graph: ${cause.message}` : `can’t be used: ${String(cause)}`
    return `dinokit’s own kernels do not compute it. They ${why}.`
  }
}

/** Whether a bundler made this worker a script and no module: its threads are of the same file. */
function isClassic(): boolean {
  try {
    // A module has the function, which refuses.
    ;(globalThis as { importScripts?: () => void }).importScripts!()
    return true
  } catch {
    return false
  }
}
