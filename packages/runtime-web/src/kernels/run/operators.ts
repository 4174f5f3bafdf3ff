import { tensor } from '@dinokit/core'
import type { Step } from '../graph/known-graph.ts'
import { REST, RESTS_HEAD, RESTS_SLACK } from '../levels/byte-functions.ts'
import { SIZE_BYTES } from '../levels/level-functions.ts'
import { writeSize } from '../levels/write-size.ts'
import { KINDS, PANEL, QUERIES, RANGE_BYTES, ROWS } from '../tasks.ts'
import type { Floats, Levels, Run, Value } from './plan.ts'
import { arrayOf, count, floatsOf, integersOf, put, take, valueOf, view } from './values.ts'

/** Blocks of rows that a thread takes together: their results stay in the processor's second cache. */
const TOGETHER = 13

/** Shares of the levels of some rows for whose rests there is room, tried in turn: the first is several times what networks were seen to have. */
const ROOM = [1 / 8, 1 / 2, 1]

/** Computes a step; no value where it is an output. */
type Operator = (run: Run, step: Step) => Value | undefined

/** Functions that compute a step, by its operator. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
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
  Gemm: (run, step) => product(run, step, floatsOf(run, step.node.inputs[0]!)),
  DynamicQuantizeMatMul: (run, step) => product(run, step, valueOf(run, step.reads[0]!, 'levels')),
  levels(run, step) {
    const { range, kernel, factors, depth, row, bytes } = run.leveling.get(step)!
    const value = floatsOf(run, step.reads[0]!)
    const rows = count(value.shape) / depth
    const whole = ROWS * Math.ceil(rows / ROWS)
    const together = atOnce(rows, run.threads, ROWS * TOGETHER)
    const pieces = Math.ceil(rows / together)
    const ranges = run.store.take(pieces * RANGE_BYTES)
    run.team.run([KINDS.range, pieces, 1, range, value.piece.at, ranges.at, factors, 4 * depth, rows, together])
    for (const share of bytes ? ROOM : [0]) {
      const room = bytes ? 16 * Math.ceil((RESTS_HEAD + REST * share * depth * together + RESTS_SLACK) / 16) : 0
      const piece = { ...run.store.take(row * whole + SIZE_BYTES + room * pieces), uses: 0 }
      const size = piece.at + row * whole
      const rests = size + SIZE_BYTES
      writeSize(run.store, size, run.store.floats(ranges.at, (pieces * RANGE_BYTES) / 4))
      run.team.run([
        ...[KINDS.levels, rows, together, kernel, value.piece.at, piece.at, factors, 4 * depth, size],
        ...[row, rests, room, RESTS_SLACK],
      ])
      // Rows behind the last have no rests.
      for (let behind = rows; bytes && behind < whole; behind++) run.store.floats(piece.at + behind * row + depth, 2).fill(0)
      const full = (at: number): boolean => run.store.floats(rests + at * room, 1)[0] !== 0
      if (bytes && Array.from({ length: pieces }, (_, at) => full(at)).includes(true)) {
        run.store.give(piece)
        continue
      }
      run.store.give(ranges)
      return { kind: 'levels', shape: [rows, depth], piece, size, row }
    }
    throw new Error('there is no room for what bytes leave out')
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

/** Product of numbers with a matrix; what is added, or GELU, with it. */
function product(run: Run, step: Step, value: Floats | Levels): Value {
  const { kernel, weight, bias, width, depth, part } = run.layers.get(step)!
  const rows = count(value.shape) / depth
  const added = step.added === undefined ? undefined : floatsOf(run, step.added)
  if (added && count(added.shape) !== rows * width) throw new Error(`[${added.shape.join(', ')}] is not added to ${rows} rows`)
  // Nobody needs what is added afterwards: the sum takes its place.
  const inPlace = added?.piece.uses === 1 && run.left.get(step.added!) === 1
  const result = added && inPlace ? added : take(run, [rows, width])
  if (added && !inPlace) view(run, result).set(view(run, added))
  const blocks = Math.ceil(rows / ROWS)
  run.team.run([
    ...[
      KINDS.product,
      blocks,
      atOnce(blocks, run.threads, TOGETHER),
      kernel,
      step.gelu ? run.gelu : -1,
      value.piece.at,
      weight,
      result.piece.at,
    ],
    ...[
      bias,
      added ? 1 : 0,
      width / PANEL,
      depth / part,
      4 * part,
      4 * part * width,
      ROWS * (value.kind === 'levels' ? value.row : 4 * depth),
      4 * ROWS * width,
    ],
    value.kind === 'levels' ? value.size : 0,
  ])
  return { ...result, shape: [rows, width] }
}

/** Number of pieces that a thread takes together: about so many as are wanted, so that all threads have as many turns. */
const atOnce = (pieces: number, threads: number, wanted: number): number =>
  Math.ceil(pieces / (threads * Math.max(1, Math.round(pieces / threads / wanted))))

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
