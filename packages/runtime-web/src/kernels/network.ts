import type { AnyTensor } from '@dinokit/core'
import { createArithmetic, CONSTANTS_AT } from './arithmetic.ts'
import { softmaxFunction } from './attention-functions.ts'
import { planSteps } from './graph/known-graph.ts'
import { floatsOf, INT64, integersOf, type ModelGraph } from './graph/read-model.ts'
import { createKernelMemory, MOST_PAGES } from './kernel-memory.ts'
import { LAYOUTS, type Building } from './layouts.ts'
import { geluFunction } from './row-functions.ts'
import type { NetworkPlan, Value } from './run/plan.ts'
import { runNetwork } from './run/run-network.ts'
import { createThreadTeam } from './thread-team.ts'
import { encodeModule, type WasmFunction } from './wasm-module.ts'

/** Address behind the words of threads and the constants. */
const FIRST = 65_536

/** A network, ready to run. */
export interface Network {
  /** Runs it; blocks. */
  readonly run: (feeds: Readonly<Record<string, AnyTensor>>) => Record<string, AnyTensor>
  readonly end: () => void
}

/** Options of {@link createNetwork}. */
export interface NetworkOptions {
  readonly threads: number
  /** Whether the processor's fused instructions may be used. */
  readonly relaxed: boolean
  /** Makes a worker that becomes a thread. */
  readonly createWorker: () => Worker
}

/**
 * Makes kernels for a graph, and lays its weights out for them.
 *
 * @param graph - as it was read; its bytes are not needed afterwards
 * @param options - threads and instructions
 * @throws UnknownGraphError where the kernels do not know it; RangeError where there is not so much memory
 */
export async function createNetwork(graph: ModelGraph, { threads, relaxed, createWorker }: NetworkOptions): Promise<Network> {
  const steps = planSteps(graph)
  const arithmetic = createArithmetic(relaxed)
  const functions = new Map<string, WasmFunction>()
  const kernelOf = (name: string, write: (name: string) => WasmFunction): number => {
    if (!functions.has(name)) functions.set(name, write(name))
    return [...functions.keys()].indexOf(name)
  }
  const store = createKernelMemory(threads > 1, FIRST)
  const layouts: Pick<Building, 'layers' | 'leveling' | 'attentions' | 'rows'> = {
    layers: new Map(),
    leveling: new Map(),
    attentions: new Map(),
    rows: new Map(),
  }
  const building = { graph, steps, arithmetic, store, kernelOf, ...layouts }
  for (const step of steps) LAYOUTS[step.node.operator]?.(building, step)
  const gelu = kernelOf('gelu', (name) => geluFunction(arithmetic, name))
  const softmax = kernelOf('softmax', (name) => softmaxFunction(arithmetic, name))
  const { constants } = arithmetic
  store.floats(CONSTANTS_AT, 4 * constants.length).set(constants.flatMap((value) => [value, value, value, value]))
  const module = new WebAssembly.Module(encodeModule([...functions.values()], { shared: threads > 1, mostPages: MOST_PAGES }))
  const team = await createThreadTeam({ module, memory: store.memory, names: [...functions.keys()] }, threads, createWorker)
  const readCounts = new Map<string, number>()
  for (const { reads } of steps) for (const name of reads) readCounts.set(name, (readCounts.get(name) ?? 0) + 1)
  const constantsByName = new Map<string, Value>()
  for (const [name, one] of graph.tensors) {
    if (one.type === INT64) constantsByName.set(name, { kind: 'integers', values: integersOf(one) })
    else if (readCounts.has(name)) {
      const at = store.keepFloats(floatsOf(one))
      constantsByName.set(name, { kind: 'floats', shape: one.shape, piece: { at, bytes: 0, uses: Infinity } })
    }
  }
  const plan: NetworkPlan = {
    inputs: graph.inputs,
    inputTypes: graph.inputTypes,
    steps,
    ...layouts,
    gelu,
    softmax,
    team,
    store,
    threads,
    constants: constantsByName,
    readCounts,
  }
  return {
    run: (feeds) => runNetwork(plan, feeds),
    end: team.end,
  }
}
