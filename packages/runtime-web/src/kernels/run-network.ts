import { tensor, type AnyTensor, type DType, type Tensor } from '@dinokit/core'
import type { KernelMemory, Piece } from './kernel-memory.ts'
import { IMAGES, MASK, type Step } from './graph/known-graph.ts'
import { BOOL, FLOAT32, UINT8 } from './graph/read-model.ts'
import { SIZE_BYTES } from './levels/level-functions.ts'
import { writeSize } from './levels/write-size.ts'
import { KINDS, PANEL, QUERIES, RANGE_BYTES, ROWS } from './tasks.ts'
import type { ThreadTeam } from './thread-team.ts'

/** Blocks of rows that a thread takes together: their results stay in the processor's second cache. */
const TOGETHER = 10
/** Rows behind the last that kernels may read or write. */
const SLACK = 24

/** Value while a network runs: whole numbers of a shape, bytes of images, or numbers in the kernels' memory. */
export type Value = Integers | Bytes | Floats | Levels

interface Integers {
  readonly kind: 'integers'
  readonly values: readonly number[]
}

interface Bytes {
  readonly kind: 'bytes'
  readonly data: Uint8Array
  readonly shape: readonly number[]
}

interface Floats {
  readonly kind: 'floats'
  /** Where they lie, and how many values lie there. */
  readonly piece: Piece & { uses: number }
  readonly shape: readonly number[]
}

interface Levels extends Omit<Floats, 'kind'> {
  readonly kind: 'levels'
  /** Where the size of a level is. */
  readonly size: number
}

/** Kernels that bring numbers to levels, and their constants. */
export interface Leveling {
  readonly range: number
  readonly kernel: number
  /** Where what the columns are multiplied by lies; 0 where they are not. */
  readonly factors: number
  readonly depth: number
}

/** Constants of a product or a norm, laid out. */
export interface Layer {
  readonly kernel: number
  readonly weight: number
  readonly bias: number
  readonly width: number
  readonly depth: number
  /** Depth that is computed at once. */
  readonly part: number
}

/** Kernel of rows that has no constants. */
export interface RowKernel {
  readonly kernel: number
  /** Numbers of a row of the result. */
  readonly width: number
}

/** Kernels of attention. */
export interface AttentionKernels {
  readonly pack: number
  readonly scores: number
  readonly mix: number
}

/** Network that is laid out. */
export interface NetworkPlan {
  /** Names of what it is given. */
  readonly inputs: readonly string[]
  /** Their element types, by the numbers of ONNX. */
  readonly inputTypes: ReadonlyMap<string, number>
  readonly steps: readonly Step[]
  readonly layers: ReadonlyMap<Step, Layer>
  readonly leveling: ReadonlyMap<Step, Leveling>
  readonly attentions: ReadonlyMap<string, AttentionKernels>
  readonly rows: ReadonlyMap<Step, RowKernel>
  readonly gelu: number
  readonly softmax: number
  readonly team: ThreadTeam
  readonly store: KernelMemory
  readonly threads: number
  /** Constants by name. */
  readonly constants: ReadonlyMap<string, Value>
  /** Number of readers of each value. */
  readonly readCounts: ReadonlyMap<string, number>
}

/** Run under way. */
interface Run extends NetworkPlan {
  readonly values: Map<string, Value>
  /** Number of readers to come of each value. */
  readonly left: Map<string, number>
  readonly outputs: Record<string, AnyTensor>
}

/**
 * Runs a network; blocks. The images of a batch are computed one after the other: what lies between two layers of one image stays in the
 * processor's cache, and a batch needs no more memory than an image.
 *
 * @param plan - of the network
 * @param feeds - by the names of its inputs
 * @throws Error where they do not fit
 */
export function runNetwork(plan: NetworkPlan, feeds: Readonly<Record<string, AnyTensor>>): Record<string, AnyTensor> {
  const images = feeds[IMAGES]
  const batch = images?.shape[0] ?? 0
  if (!images || batch < 2) return runOnce(plan, feeds)
  const outputs: Record<string, AnyTensor> = {}
  for (let image = 0; image < batch; image++) {
    const own = Object.entries(feeds).map(([name, feed]) => [name, OF_IMAGES.has(name) ? partOf(name, feed, image, batch) : feed] as const)
    const found = runOnce(plan, Object.fromEntries(own))
    for (const [name, { data: one, shape }] of Object.entries(found) as [string, Tensor][]) {
      const all = (outputs[name] ??= tensor('float32', new Float32Array(batch * one.length), [batch, ...shape.slice(1)]))
      ;(all.data as Float32Array).set(one, image * one.length)
    }
  }
  return outputs
}

/** Inputs that have something of each image. */
const OF_IMAGES: ReadonlySet<string> = new Set([IMAGES, MASK])

function partOf(name: string, feed: AnyTensor, image: number, batch: number): AnyTensor {
  const { data, shape } = feed
  if (shape[0] !== batch || count(shape) !== data.length) throw wrongLength(name, feed)
  const length = data.length / batch
  return { ...feed, data: data.subarray(image * length, (image + 1) * length), shape: [1, ...shape.slice(1)] } as AnyTensor
}

function runOnce(plan: NetworkPlan, feeds: Readonly<Record<string, AnyTensor>>): Record<string, AnyTensor> {
  const run: Run = { ...plan, values: new Map(plan.constants), left: new Map(plan.readCounts), outputs: {} }
  plan.store.clear()
  for (const name of plan.inputs) put(run, name, feedOf(run, name, feeds[name]))
  for (const step of plan.steps) {
    const result = OPERATORS[step.node.operator]!(run, step)
    if (result) put(run, step.writes, result)
    for (const name of step.reads) forget(run, name)
  }
  return run.outputs
}

/** Types of inputs, by the numbers of ONNX. */
const TYPES: Readonly<Record<number, DType>> = { [FLOAT32]: 'float32', [UINT8]: 'uint8', [BOOL]: 'bool' }

function feedOf(run: Run, name: string, feed: AnyTensor | undefined): Value {
  if (!feed) throw new Error(`there is no input ${name}`)
  const { dtype, data, shape } = feed
  if (count(shape) !== data.length) throw wrongLength(name, feed)
  if (dtype !== TYPES[run.inputTypes.get(name)!]) throw new Error(`the input ${name} is ${dtype}`)
  if (dtype !== 'float32') return { kind: 'bytes', data: data as Uint8Array, shape }
  const value = take(run, shape)
  view(run, value).set(data)
  return value
}

const wrongLength = (name: string, { data, shape }: AnyTensor): Error =>
  new Error(`the input ${name} has ${data.length} values for [${shape.join(', ')}]`)

function put({ values }: Run, name: string, value: Value): void {
  if ('piece' in value) value.piece.uses++
  values.set(name, value)
}

/** Notes that a value was read, and gives its memory back after the last time. */
function forget({ values, left, store }: Run, name: string): void {
  const rest = left.get(name)! - 1
  left.set(name, rest)
  const value = values.get(name)
  if (rest > 0 || !value || !('piece' in value)) return
  values.delete(name)
  if (--value.piece.uses === 0) store.give(value.piece)
}

const count = (shape: readonly number[]): number => shape.reduce((all, length) => all * length, 1)

const take = ({ store }: Run, shape: readonly number[]): Floats => ({
  kind: 'floats',
  shape,
  piece: { ...store.take(4 * (count(shape) + SLACK * shape.at(-1)!)), uses: 0 },
})

/** Numbers of a value; valid until memory is taken. */
const view = ({ store }: Run, { piece, shape }: Floats): Float32Array => store.floats(piece.at, count(shape))

function valueOf<K extends Value['kind']>({ values }: Run, name: string, kind: K): Extract<Value, { readonly kind: K }> {
  const value = values.get(name)
  if (value?.kind !== kind) throw new Error(`${name} is ${value ? `of ${value.kind}, not of ${kind}` : 'not there'}`)
  return value as Extract<Value, { readonly kind: K }>
}

const floatsOf = (run: Run, name: string): Floats => valueOf(run, name, 'floats')
const integersOf = (run: Run, name: string): readonly number[] => valueOf(run, name, 'integers').values

/** Images, or numbers. */
function arrayOf({ values }: Run, name: string): Bytes | Floats {
  const value = values.get(name)
  if (value?.kind !== 'bytes' && value?.kind !== 'floats') throw new Error(`${name} is no array`)
  return value
}

/** Computes a step; no value where it is an output. */
type Operator = (run: Run, step: Step) => Value | undefined

const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity(run, { node, writes }) {
    const value = floatsOf(run, node.inputs[0]!)
    run.outputs[writes] = tensor('float32', view(run, value).slice(), [...value.shape])
    return undefined
  },
  Shape(run, { node }) {
    const { start, end } = node.attributes as { readonly start?: number; readonly end?: number }
    return { kind: 'integers', values: arrayOf(run, node.inputs[0]!).shape.slice(start, end) }
  },
  Div(run, { node }) {
    const [values, by] = node.inputs.map((name) => integersOf(run, name)) as [readonly number[], readonly number[]]
    return { kind: 'integers', values: values.map((value, at) => Math.floor(value / by[at]!)) }
  },
  Concat: (run, { node }) =>
    node.attributes.axis === 0
      ? { kind: 'integers', values: node.inputs.flatMap((name) => integersOf(run, name)) }
      : joined(
          run,
          node.inputs.map((name) => floatsOf(run, name)),
        ),
  Reshape(run, { node }) {
    const value = arrayOf(run, node.inputs[0]!)
    return { ...value, shape: resolved(integersOf(run, node.inputs[1]!), value.shape) }
  },
  Transpose(run, { node }) {
    const value = arrayOf(run, node.inputs[0]!)
    const [batch, rows, patch, columns, length] = value.shape as [number, number, number, number, number]
    const shape = [batch, rows, columns, patch, length]
    if (value.kind === 'bytes') {
      const data = new Uint8Array(value.data.length)
      cutPatches(value.data, data, shape)
      return { kind: 'bytes', data, shape }
    }
    const result = take(run, shape)
    cutPatches(view(run, value), view(run, result), shape)
    return result
  },
  Cast(run, { node }) {
    const value = arrayOf(run, node.inputs[0]!)
    if (value.kind === 'floats') return value
    const result = take(run, value.shape)
    view(run, result).set(value.data)
    return result
  },
  Sub(run, { node }) {
    const [value, constant] = node.inputs.map((name) => floatsOf(run, name)) as [Floats, Floats]
    const result = take(run, value.shape)
    const [from, to, less] = [view(run, value), view(run, result), view(run, constant)[0]!]
    for (let at = 0; at < from.length; at++) to[at] = from[at]! - less
    return result
  },
  Expand(run, { node }) {
    const value = floatsOf(run, node.inputs[0]!)
    const [times] = integersOf(run, node.inputs[1]!) as [number]
    const result = take(run, [times, ...value.shape.slice(1)])
    const one = view(run, value)
    for (let at = 0; at < times; at++) view(run, result).set(one, at * one.length)
    return result
  },
  Add(run, { node }) {
    const [a, b] = node.inputs.map((name) => floatsOf(run, name)) as [Floats, Floats]
    const result = take(run, a.shape)
    const [from, by, to] = [view(run, a), view(run, b), view(run, result)]
    if (from.length % by.length > 0 || a.shape.at(-2) !== b.shape.at(-2))
      throw new Error(`[${a.shape.join(', ')}] and [${b.shape.join(', ')}] are not added`)
    for (let start = 0; start < from.length; start += by.length)
      for (let at = 0; at < by.length; at++) to[start + at] = from[start + at]! + by[at]!
    return result
  },
  LayerNormalization(run, step) {
    const { kernel, weight, bias, width } = run.layers.get(step)!
    const value = floatsOf(run, step.node.inputs[0]!)
    const result = take(run, value.shape)
    const rows = count(value.shape) / width
    run.team.run([KINDS.norm, rows, Math.ceil(rows / run.threads), kernel, value.piece.at, result.piece.at, weight, bias, 4 * width])
    return result
  },
  Gemm: (run, step) => product(run, step, floatsOf(run, step.node.inputs[0]!), 4),
  DynamicQuantizeMatMul: (run, step) => product(run, step, valueOf(run, step.reads[0]!, 'levels'), 2),
  levels(run, step) {
    const { range, kernel, factors, depth } = run.leveling.get(step)!
    const value = floatsOf(run, step.reads[0]!)
    const rows = count(value.shape) / depth
    const bytes = 2 * depth * (rows + SLACK)
    const piece = { ...run.store.take(bytes + SIZE_BYTES), uses: 0 }
    const size = piece.at + bytes
    const together = Math.ceil(rows / (run.threads * Math.max(1, Math.round(rows / run.threads / ROWS / TOGETHER))))
    const pieces = Math.ceil(rows / together)
    const ranges = run.store.take(pieces * RANGE_BYTES)
    run.team.run([KINDS.range, pieces, 1, range, value.piece.at, ranges.at, factors, 4 * depth, rows, together])
    writeSize(run.store, size, run.store.floats(ranges.at, (pieces * RANGE_BYTES) / 4))
    run.store.give(ranges)
    run.team.run([KINDS.levels, rows, together, kernel, value.piece.at, piece.at, factors, 4 * depth, size])
    return { kind: 'levels', shape: [rows, depth], piece, size }
  },
  Unsqueeze(run, { node }) {
    const value = valueOf(run, node.inputs[0]!, 'bytes')
    return { ...value, shape: [...value.shape, 1] }
  },
  Where(run, { node }) {
    const { data } = valueOf(run, node.inputs[0]!, 'bytes')
    const [one, others] = [floatsOf(run, node.inputs[1]!), floatsOf(run, node.inputs[2]!)]
    const width = others.shape.at(-1)!
    if (data.length * width !== count(others.shape)) throw new Error(`[${others.shape.join(', ')}] are not chosen by ${data.length} values`)
    const result = take(run, others.shape)
    const [to, instead] = [view(run, result), view(run, one)]
    to.set(view(run, others))
    for (const [row, chosen] of data.entries()) if (chosen) to.set(instead, row * width)
    return result
  },
  SwiGlu(run, step) {
    const { kernel, width } = run.rows.get(step)!
    const value = floatsOf(run, step.node.inputs[0]!)
    const rows = count(value.shape) / width / 2
    const result = take(run, [rows, width])
    run.team.run([KINDS.gate, rows, Math.ceil(rows / run.threads), kernel, value.piece.at, result.piece.at, 4 * width])
    return result
  },
  Rotate(run, step) {
    const { kernel, width } = run.rows.get(step)!
    const [value, table] = step.node.inputs.map((name) => floatsOf(run, name)) as [Floats, Floats]
    const rows = count(value.shape) / width
    const head = step.node.attributes.dim as number
    if (count(table.shape) !== 2 * rows * head) throw new Error(`${rows} rows are not turned by [${table.shape.join(', ')}]`)
    const result = take(run, value.shape)
    const [cosines, sines] = [table.piece.at, table.piece.at + 4 * rows * head]
    run.team.run([
      ...[KINDS.rotation, rows, Math.ceil(rows / run.threads), kernel, value.piece.at, result.piece.at],
      ...[cosines, sines, 4 * width, 4 * head],
    ])
    return result
  },
  MultiHeadAttention(run, { node, maps }) {
    const [query, key, value] = node.inputs.map((name) => floatsOf(run, name)) as [Floats, Floats, Floats]
    const heads = node.attributes.num_heads as number
    const [images, tokens, width] = query.shape as [number, number, number]
    const dim = width / heads
    const { pack, scores, mix } = run.attentions.get(`${width}_${heads}`)!
    const result = take(run, query.shape)
    const map = maps === undefined ? undefined : take(run, [images, heads, tokens, tokens])
    if (map) put(run, maps!, map)
    const bytes = 64 * Math.ceil((4 * (2 * QUERIES * dim + (tokens + 2 * ROWS) * QUERIES)) / 64)
    const scratch = run.store.take(bytes * run.threads)
    run.team.run([
      ...[KINDS.attention, images * heads * Math.ceil(tokens / QUERIES), 1, pack, scores, run.softmax, mix],
      ...[query.piece.at, key.piece.at, value.piece.at, result.piece.at, tokens, heads, dim, scratch.at, bytes, map?.piece.at ?? 0],
    ])
    run.store.give(scratch)
    return result
  },
}

/** Product of numbers of some bytes with a matrix; what is added, or GELU, with it. */
function product(run: Run, step: Step, value: Floats | Levels, bytes: number): Value {
  const { kernel, weight, bias, width, depth, part } = run.layers.get(step)!
  const rows = count(value.shape) / depth
  const added = step.added === undefined ? undefined : floatsOf(run, step.added)
  if (added && count(added.shape) !== rows * width) throw new Error(`[${added.shape.join(', ')}] is not added to ${rows} rows`)
  // Nobody needs what is added afterwards: the sum takes its place.
  const inPlace = added?.piece.uses === 1 && run.left.get(step.added!) === 1
  const result = added && inPlace ? added : take(run, [rows, width])
  if (added && !inPlace) view(run, result).set(view(run, added))
  const blocks = Math.ceil(rows / ROWS)
  const turns = run.threads * Math.max(1, Math.round(blocks / run.threads / TOGETHER))
  run.team.run([
    ...[KINDS.product, blocks, Math.ceil(blocks / turns), kernel, step.gelu ? run.gelu : -1, value.piece.at, weight, result.piece.at],
    ...[bias, added ? 1 : 0, width / PANEL, depth / part, 4 * part, 4 * part * width, bytes * ROWS * depth, 4 * ROWS * width],
    value.kind === 'levels' ? value.size : 0,
  ])
  return { ...result, shape: [rows, width] }
}

/** Arrays [batch][rows][width] one after the other by their rows. */
function joined(run: Run, parts: readonly Floats[]): Floats {
  const [images, , width] = parts[0]!.shape as [number, number, number]
  const rows = parts.reduce((sum, { shape }) => sum + shape[1]!, 0)
  const result = take(run, [images, rows, width])
  const to = view(run, result)
  let row = 0
  for (const part of parts) {
    const length = part.shape[1]! * width
    const from = view(run, part)
    for (let image = 0; image < images; image++) to.set(from.subarray(image * length, (image + 1) * length), (image * rows + row) * width)
    row += part.shape[1]!
  }
  return result
}

/** A shape whose -1 is what is left. */
function resolved(wanted: readonly number[], given: readonly number[]): number[] {
  const known = wanted.reduce((all, length) => (length === -1 ? all : all * length), 1)
  return wanted.map((length) => (length === -1 ? count(given) / known : length))
}

/** Lays images [batch][rows][patch][columns][numbers of a patch's row] out as patches [batch][rows][columns][patch][..], of that shape. */
function cutPatches<T extends Uint8Array | Float32Array>(from: T, to: T, shape: readonly number[]): void {
  const [batch, rows, columns, patch, length] = shape as [number, number, number, number, number]
  for (let row = 0; row < batch * rows; row++)
    for (let line = 0; line < patch; line++)
      for (let column = 0; column < columns; column++) {
        const at = ((row * patch + line) * columns + column) * length
        to.set(from.subarray(at, at + length), ((row * columns + column) * patch + line) * length)
      }
}
