// The work of the threads: pieces of a task, which threads take one after the other until none is left.
/** A compiled function. */
export type Kernel = (...numbers: readonly number[]) => void

/** Words of the shared memory's first page by which threads agree. */
export const CONTROL = { turn: 0, next: 16, done: 32, failed: 48, task: 64 } as const

/** Most numbers of a task. */
export const TASK_LENGTH = 32

/** Columns of a panel: of a product's right matrix, and queries of attention. */
export const PANEL = 8

/** Queries that are attended for at a time. */
export const QUERIES = 24

/** Rows of a block of a product. */
export const ROWS = 5
/** Queries of a block of attention's second product. */
export const QUERY_ROWS = 6

/** Bytes of what is found of the range of some rows: smallest, largest and flaw, four each. */
export const RANGE_BYTES = 48

/** Task, as numbers: its kind, pieces, pieces that are taken together, then its own. */
export type Task = readonly number[]

/** Kinds of tasks. */
export const KINDS = { product: 0, norm: 1, attention: 2, gate: 3, rotation: 4, range: 5, levels: 6 } as const

/** A thread's place: its kernels, the memory, and which thread it is. */
export interface Place {
  readonly kernels: readonly Kernel[]
  readonly memory: WebAssembly.Memory
  readonly thread: number
}

/**
 * Takes pieces of a task and does them until none is left.
 *
 * @param place - of this thread
 * @param control - the shared words
 * @param task - that all threads do
 */
export function doPieces(place: Place, control: Int32Array, task: Task): void {
  const [kind, pieces, together] = task as unknown as readonly [number, number, number]
  const work = WORK[kind]!
  for (;;) {
    const first = Atomics.add(control, CONTROL.next, together)
    if (first >= pieces) return
    work(place, task, first, Math.min(pieces, first + together))
  }
}

type Work = (place: Place, task: Task, first: number, last: number) => void

const product: Work = ({ kernels }, task, first, last) => {
  const [kernel, gelu, left, right, result, start, add, panels, parts, leftPart, rightPart, leftBlock, resultBlock, size] = task.slice(
    3,
  ) as number[] & [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  const [from, to] = [left + first * leftBlock, result + first * resultBlock]
  for (let part = 0; part < parts; part++) {
    const begun = part > 0
    kernels[kernel]!(from + part * leftPart, right + part * rightPart, to, begun ? 0 : start, begun ? 1 : add, last - first, panels, size)
  }
  if (gelu >= 0) kernels[gelu]!(to, result + last * resultBlock)
}

const norm: Work = ({ kernels }, task, first, last) => {
  const [kernel, from, to, weight, bias, row] = task.slice(3) as number[] & [number, number, number, number, number, number]
  kernels[kernel]!(from + first * row, to + first * row, weight, bias, last - first)
}

const gate: Work = ({ kernels }, task, first, last) => {
  const [kernel, from, to, row] = task.slice(3) as number[] & [number, number, number, number]
  kernels[kernel]!(from + 2 * first * row, to + first * row, last - first)
}

const rotation: Work = ({ kernels }, task, first, last) => {
  const [kernel, from, to, cosines, sines, row, head] = task.slice(3) as number[] & [number, number, number, number, number, number, number]
  kernels[kernel]!(from + first * row, to + first * row, cosines + first * head, sines + first * head, last - first)
}

const attention: Work = ({ kernels, memory, thread }, task, first, last) => {
  const [pack, scores, softmax, mix, query, key, value, out, tokens, heads, dim, scratch, scratchBytes, maps] = task.slice(3) as number[] &
    [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  const row = 4 * heads * dim
  const blocks = Math.ceil(tokens / QUERIES)
  const packed = scratch + thread * scratchBytes
  const mixed = packed + 4 * QUERIES * dim
  const table = mixed + 4 * QUERIES * dim
  const floats = new Float32Array(memory.buffer)
  for (let piece = first; piece < last; piece++) {
    const image = Math.floor(piece / (heads * blocks))
    const head = Math.floor(piece / blocks) % heads
    const block = piece % blocks
    const start = image * tokens * row + head * 4 * dim
    const own = start + block * QUERIES * row
    const count = Math.min(QUERIES, tokens - block * QUERIES)
    kernels[pack]!(query + own, packed)
    kernels[scores]!(key + start, packed, table, 0, 0, Math.ceil(tokens / ROWS), QUERIES / PANEL, 0)
    kernels[softmax]!(table, tokens)
    if (maps > 0) {
      const to = maps / 4 + ((image * heads + head) * tokens + block * QUERIES) * tokens
      for (let at = 0; at < count; at++)
        for (let other = 0; other < tokens; other++) floats[to + at * tokens + other] = floats[table / 4 + other * QUERIES + at]!
    }
    kernels[mix]!(table, value + start, mixed, 0, 0, Math.ceil(count / QUERY_ROWS), dim / PANEL, tokens)
    for (let at = 0; at < count; at++) {
      const from = mixed / 4 + at * dim
      floats.set(floats.subarray(from, from + dim), (out + own + at * row) / 4)
    }
  }
}

const range: Work = ({ kernels }, task, first) => {
  const [kernel, from, to, factors, row, rows, together] = task.slice(3) as number[] &
    [number, number, number, number, number, number, number]
  kernels[kernel]!(from + first * together * row, to + first * RANGE_BYTES, factors, Math.min(together, rows - first * together))
}

const levels: Work = ({ kernels }, task, first, last) => {
  const [kernel, from, to, factors, row, size, rowTo, rests, room, slack] = task.slice(3) as number[] &
    [number, number, number, number, number, number, number, number, number, number]
  const own = rests + (first / task[2]!) * room
  kernels[kernel]!(from + first * row, to + first * rowTo, factors, last - first, size, own, own + room - slack)
}

const WORK: readonly Work[] = [product, norm, attention, gate, rotation, range, levels]
