import type { Arithmetic } from './arithmetic.ts'
import { queriesFunction } from './attention-functions.ts'
import { FLOAT_PRODUCT, LEVEL_PRODUCT, TO_LEVELS, UnknownGraphError, type Step } from './graph/known-graph.ts'
import { floatsOf, type ModelGraph, type ModelTensor } from './graph/read-model.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { byteLevelsFunction, byteProductFunction, byteRow, inBytes } from './levels/byte-functions.ts'
import { levelProductFunction, levelsFunction, rangeFunction } from './levels/level-functions.ts'
import { packLevels } from './levels/pack-levels.ts'
import { productFunction } from './product-function.ts'
import { gateFunction, normFunction, rotationFunction } from './row-functions.ts'
import type { AttentionKernels, Layer, Leveling, RowKernel } from './run/plan.ts'
import { PANEL, QUERIES, QUERY_ROWS, ROWS } from './tasks.ts'
import type { WasmFunction } from './wasm-module.ts'

/** Longest depth that is computed at once, so that a panel stays in the processor's first cache. */
const LONGEST = 640
const PART = 512

/** Network that is being laid out, a step after the other. */
export interface Building {
  readonly graph: ModelGraph
  readonly steps: readonly Step[]
  readonly arithmetic: Arithmetic
  readonly store: KernelMemory
  /** Number of the kernel of a name, which is written where there is none yet. */
  readonly kernelOf: (name: string, write: (name: string) => WasmFunction) => number
  readonly layers: Map<Step, Layer>
  readonly leveling: Map<Step, Leveling>
  /** Kernels by width and number of heads. */
  readonly attentions: Map<string, AttentionKernels>
  readonly rows: Map<Step, RowKernel>
}

/** Writes the kernels of a step, and lays its constants out. */
type Layout = (building: Building, step: Step) => void

/** Layouts by operator, of those that have kernels. They throw an UnknownGraphError where the kernels do not know its sizes. */
export const LAYOUTS: Readonly<Record<string, Layout>> = {
  LayerNormalization({ graph, arithmetic, store, kernelOf, layers }, step) {
    const [weight, bias] = [1, 2].map((index) => graph.tensors.get(step.node.inputs[index]!)!) as [ModelTensor, ModelTensor]
    const dim = weight.shape[0]!
    const epsilon = step.node.attributes.epsilon as number
    const kernel = kernelOf(`norm_${dim}_${epsilon}`, (name) => normFunction(arithmetic, name, dim, epsilon))
    const constants = { weight: store.keepFloats(floatsOf(weight)), bias: store.keepFloats(floatsOf(bias)) }
    layers.set(step, { kernel, ...constants, width: dim, depth: dim, part: dim })
  },
  [TO_LEVELS]({ graph, steps, arithmetic, store, kernelOf, leveling }, step) {
    const reader = steps.find(({ node, reads }) => node.operator === LEVEL_PRODUCT && reads[0] === step.writes)!
    const depth = graph.tensors.get(reader.node.inputs[1]!)!.shape[0]!
    const factors = graph.tensors.get(step.factors ?? '')
    if (factors && factors.shape[0] !== depth) throw new UnknownGraphError(`it multiplies rows of ${depth} by ${factors.shape[0]}`)
    const suffix = `${depth}${factors ? '_factors' : ''}`
    const range = kernelOf(`range_${suffix}`, (name) => rangeFunction(arithmetic, name, depth, factors !== undefined))
    const bytes = inBytes(arithmetic, depth)
    const write = bytes ? byteLevelsFunction : levelsFunction
    const kernel = kernelOf(`levels_${suffix}`, (name) => write(arithmetic, name, depth, factors !== undefined))
    const row = bytes ? byteRow(depth) : 2 * depth
    leveling.set(step, { range, kernel, factors: factors ? store.keepFloats(floatsOf(factors)) : 0, depth, row, bytes })
  },
  [LEVEL_PRODUCT]({ graph, arithmetic, store, kernelOf, layers }, step) {
    const [matrix, sizes, center, added] = step.node.inputs.slice(1).map((name) => graph.tensors.get(name))
    const [depth, width] = matrix!.shape as [number, number]
    const bytes = inBytes(arithmetic, depth)
    const write = bytes ? byteProductFunction : levelProductFunction
    const kernel = kernelOf(`levels_product_${depth}_${width}`, (name) => write(arithmetic, name, depth, width))
    const [weight, bias] = [store.keep(width * depth), store.keep(12 * width)]
    store.floats(bias, width).set(floatsOf(sizes!))
    store.floats(bias + 4 * width, width).set(floatsOf(added!))
    const { buffer } = store.memory
    packLevels(
      matrix!.bytes,
      { levels: new Int8Array(buffer, weight, width * depth), sums: new Int32Array(buffer, bias + 8 * width, width) },
      { width, depth, center: center?.bytes[0] ?? 0, group: bytes ? 4 : 2 },
    )
    layers.set(step, { kernel, weight, bias, width, depth, part: depth })
  },
  [FLOAT_PRODUCT]({ graph, arithmetic, store, kernelOf, layers }, step) {
    const [matrix, added] = step.node.inputs.slice(1).map((name) => graph.tensors.get(name))
    const [width, depth] = matrix!.shape as [number, number]
    const part = partOf(depth)
    const kernel = kernelOf(`product_${depth}_${width}`, (name) =>
      productFunction(arithmetic, name, {
        ...{ rows: ROWS, vectors: PANEL / 4, unroll: 4, depth: part, leftRow: 4 * depth, leftStep: 4, rightStep: 4 * PANEL },
        ...{ rightPanel: 4 * PANEL * part, resultRow: 4 * width },
      }),
    )
    const weight = store.keep(4 * width * depth)
    packMatrix(floatsOf(matrix!), store.floats(weight, width * depth), { width, depth, part })
    layers.set(step, { kernel, weight, bias: store.keepFloats(floatsOf(added!)), width, depth, part })
  },
  SwiGlu(building, step) {
    const width = widthOf(step.reads[0]!, building) / 2
    if (width % 4 > 0) throw new UnknownGraphError(`its gates are of ${width}`)
    const kernel = building.kernelOf(`gate_${width}`, (name) => gateFunction(building.arithmetic, name, width))
    building.rows.set(step, { kernel, width })
  },
  Rotate(building, step) {
    const width = widthOf(step.reads[0]!, building)
    const dim = step.node.attributes.dim as number
    const kernel = building.kernelOf(`rotate_${width}_${dim}`, (name) => rotationFunction(building.arithmetic, name, width / dim, dim))
    building.rows.set(step, { kernel, width })
  },
  MultiHeadAttention(building, step) {
    const { arithmetic, kernelOf, attentions } = building
    const heads = step.node.attributes.num_heads as number
    const width = widthOf(step.reads[0]!, building)
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
  },
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
function widthOf(name: string, building: Building): number {
  const { steps, graph } = building
  const node = steps.find(({ writes }) => writes === name)?.node
  if (node?.operator === 'Reshape' || node?.operator === 'Rotate') return widthOf(node.inputs[0]!, building)
  const weight = graph.tensors.get(node?.inputs[1] ?? '')
  if (node?.operator === FLOAT_PRODUCT) return weight!.shape[0]!
  if (node?.operator === LEVEL_PRODUCT) return weight!.shape[1]!
  throw new UnknownGraphError('its rows come of no product')
}
