import type { AnyTensor } from '@dinokit/core'
import { createArithmetic, CONSTANTS_AT } from './arithmetic.ts'
import { queriesFunction, softmaxFunction } from './attention-functions.ts'
import { createKernelMemory, MOST_PAGES } from './kernel-memory.ts'
import { FLOAT_PRODUCT, LEVEL_PRODUCT, planSteps, TO_LEVELS, UnknownGraphError, type Step } from './graph/known-graph.ts'
import { levelNumbers, levelsFunction, rangeFunction } from './levels/level-functions.ts'
import { packLevels } from './levels/pack-levels.ts'
import { productFunction } from './product-function.ts'
import { floatsOf, INT64, integersOf, type ModelGraph } from './graph/read-model.ts'
import { gateFunction, geluFunction, normFunction, rotationFunction } from './row-functions.ts'
import { runNetwork, type AttentionKernels, type Layer, type Leveling, type RowKernel, type Value } from './run-network.ts'
import { PANEL, QUERIES, QUERY_ROWS, ROWS } from './tasks.ts'
import { createThreadTeam } from './thread-team.ts'
import { encodeModule, type WasmFunction } from './wasm-module.ts'

/** Address behind the words of threads and the constants. */
const FIRST = 65_536
/** Longest depth that is computed at once, so that a panel stays in the processor's first cache. */
const LONGEST = 640
const PART = 512

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
  const keep = (values: Float32Array): number => {
    const at = store.keep(values.byteLength)
    store.floats(at, values.length).set(values)
    return at
  }
  const layers = new Map<Step, Layer>()
  const leveling = new Map<Step, Leveling>()
  const depths = new Map(
    steps.flatMap(({ node, reads }) =>
      node.operator === LEVEL_PRODUCT ? [[reads[0]!, graph.tensors.get(node.inputs[1]!)!.shape[0]!] as const] : [],
    ),
  )
  for (const step of steps) {
    const { operator, inputs, attributes } = step.node
    const [weight, bias] = [graph.tensors.get(inputs[1]!), graph.tensors.get(inputs[2]!)]
    if (operator === 'LayerNormalization') {
      const dim = weight!.shape[0]!
      const epsilon = attributes.epsilon as number
      const kernel = kernelOf(`norm_${dim}_${epsilon}`, (name) => normFunction(arithmetic, name, dim, epsilon))
      layers.set(step, { kernel, weight: keep(floatsOf(weight!)), bias: keep(floatsOf(bias!)), width: dim, depth: dim, part: dim })
    } else if (operator === TO_LEVELS) {
      const depth = depths.get(step.writes)!
      const factors = graph.tensors.get(step.factors ?? '')
      if (factors && factors.shape[0] !== depth) throw new UnknownGraphError(`it multiplies rows of ${depth} by ${factors.shape[0]}`)
      const suffix = `${depth}${factors ? '_factors' : ''}`
      const range = kernelOf(`range_${suffix}`, (name) => rangeFunction(arithmetic, name, depth, factors !== undefined))
      const kernel = kernelOf(`levels_${suffix}`, (name) => levelsFunction(arithmetic, name, depth, factors !== undefined))
      leveling.set(step, { range, kernel, factors: factors ? keep(floatsOf(factors)) : 0, depth })
    } else if (operator === LEVEL_PRODUCT) {
      const [depth, width] = weight!.shape as [number, number]
      const kernel = kernelOf(`levels_product_${depth}_${width}`, (name) =>
        productFunction(
          arithmetic,
          name,
          {
            ...{ rows: ROWS, vectors: PANEL / 4, unroll: 2, depth: depth / 2, leftRow: 2 * depth, leftStep: 4, rightStep: 2 * PANEL },
            ...{ rightPanel: PANEL * depth, resultRow: 4 * width },
          },
          levelNumbers(width),
        ),
      )
      const at = store.keep(width * depth)
      const center = graph.tensors.get(inputs[3]!)?.bytes[0] ?? 0
      packLevels(weight!.bytes, new Int8Array(store.memory.buffer, at, width * depth), { width, depth, center })
      const sizes = floatsOf(graph.tensors.get(inputs[2]!)!)
      const added = floatsOf(graph.tensors.get(inputs[4]!)!)
      const start = store.keep(8 * width)
      store.floats(start, width).set(sizes)
      store.floats(start + 4 * width, width).set(added)
      layers.set(step, { kernel, weight: at, bias: start, width, depth, part: depth })
    } else if (operator === FLOAT_PRODUCT) {
      const [width, depth] = weight!.shape as [number, number]
      const part = partOf(depth)
      const kernel = kernelOf(`product_${depth}_${width}`, (name) =>
        productFunction(arithmetic, name, {
          ...{ rows: ROWS, vectors: PANEL / 4, unroll: 4, depth: part, leftRow: 4 * depth, leftStep: 4, rightStep: 4 * PANEL },
          ...{ rightPanel: 4 * PANEL * part, resultRow: 4 * width },
        }),
      )
      const at = store.keep(4 * width * depth)
      packMatrix(floatsOf(weight!), store.floats(at, width * depth), { width, depth, part })
      layers.set(step, { kernel, weight: at, bias: keep(floatsOf(bias!)), width, depth, part })
    }
  }
  const gelu = kernelOf('gelu', (name) => geluFunction(arithmetic, name))
  const softmax = kernelOf('softmax', (name) => softmaxFunction(arithmetic, name))
  const attentions = new Map<string, AttentionKernels>()
  const rows = new Map<Step, RowKernel>()
  for (const step of steps) {
    if (step.node.operator === 'SwiGlu') {
      const width = widthOf(step.reads[0]!, steps, graph) / 2
      if (width % 4 > 0) throw new UnknownGraphError(`its gates are of ${width}`)
      rows.set(step, { kernel: kernelOf(`gate_${width}`, (name) => gateFunction(arithmetic, name, width)), width })
    } else if (step.node.operator === 'Rotate') {
      const width = widthOf(step.reads[0]!, steps, graph)
      const dim = step.node.attributes.dim as number
      const kernel = kernelOf(`rotate_${width}_${dim}`, (name) => rotationFunction(arithmetic, name, width / dim, dim))
      rows.set(step, { kernel, width })
    }
    if (step.node.operator !== 'MultiHeadAttention') continue
    const heads = step.node.attributes.num_heads as number
    const width = widthOf(step.reads[0]!, steps, graph)
    const dim = width / heads
    if (!Number.isInteger(dim / PANEL)) throw new UnknownGraphError(`its heads are of ${dim}`)
    const key = `${width}_${heads}`
    attentions.set(key, {
      pack: kernelOf(`queries_${key}`, (name) => queriesFunction(arithmetic, name, dim, 4 * width)),
      scores: kernelOf(`scores_${key}`, (name) =>
        productFunction(arithmetic, name, {
          ...{ rows: ROWS, vectors: PANEL / 4, unroll: 4, depth: dim, leftRow: 4 * width, leftStep: 4, rightStep: 4 * PANEL },
          ...{ rightPanel: 4 * PANEL * dim, resultRow: 4 * QUERIES },
        }),
      ),
      mix: kernelOf(`mix_${key}`, (name) =>
        productFunction(arithmetic, name, {
          ...{ rows: QUERY_ROWS, vectors: PANEL / 4, unroll: 1, depth: undefined, leftRow: 4, leftStep: 4 * QUERIES, rightStep: 4 * width },
          ...{ rightPanel: 4 * PANEL, resultRow: 4 * dim },
        }),
      ),
    })
  }
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
      const values = floatsOf(one)
      constantsByName.set(name, { kind: 'floats', shape: one.shape, piece: { at: keep(values), bytes: 0, uses: Infinity } })
    }
  }
  const plan = {
    inputs: graph.inputs,
    inputTypes: graph.inputTypes,
    steps,
    layers,
    leveling,
    attentions,
    rows,
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

/** Depth that is computed at once: a divisor, and a multiple of 4. */
function partOf(depth: number): number {
  if (depth <= LONGEST) return depth
  for (let part = PART; part > 4; part -= 4) if (depth % part === 0) return part
  return depth
}

/** Lays [width][depth] out as [parts][panels][part][columns of a panel]. */
function packMatrix(
  from: Float32Array,
  to: Float32Array,
  { width, depth, part }: { readonly width: number; readonly depth: number; readonly part: number },
): void {
  let at = 0
  for (let first = 0; first < depth; first += part)
    for (let panel = 0; panel < width; panel += PANEL)
      for (let k = first; k < first + part; k++)
        for (let column = panel; column < panel + PANEL; column++) to[at++] = from[column * depth + k]!
}

/** Width of the rows of a value: that of the product that made it. */
function widthOf(name: string, steps: readonly Step[], graph: ModelGraph): number {
  const node = steps.find(({ writes }) => writes === name)?.node
  if (node?.operator === 'Reshape' || node?.operator === 'Rotate') return widthOf(node.inputs[0]!, steps, graph)
  const weight = graph.tensors.get(node?.inputs[1] ?? '')
  if (node?.operator === FLOAT_PRODUCT) return weight!.shape[0]!
  if (node?.operator === LEVEL_PRODUCT) return weight!.shape[1]!
  throw new UnknownGraphError('its rows come of no product')
}
