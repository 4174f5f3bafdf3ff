// @ts-check
// The thread that an onnxruntime session lives on: its runs block the thread that they are on, so that must not be the
// one that decodes, resizes and answers requests. Plain JavaScript, because Node starts it as it is, from src or dist.
import { parentPort } from 'node:worker_threads'

/** Whether calls of the engine are forbidden, and how many are under way: see engine-calls.ts. */
let state = new Int32Array(new SharedArrayBuffer(8))
const [CLOSED, INSIDE] = [0, 1]
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort)

/** @param {import('./worker-messages.ts').WorkerAnswer} answer @param {ArrayBuffer[]} [transfer] */
const post = (answer, transfer = []) => port.postMessage(answer, transfer)

/**
 * Calls the engine, unless the process is ending: then this thread waits here to be ended.
 *
 * @template T @param {() => Promise<T>} call @returns {Promise<T>}
 */
const inEngine = async (call) => {
  Atomics.add(state, INSIDE, 1)
  if (Atomics.load(state, CLOSED)) {
    leave()
    Atomics.wait(state, CLOSED, 1)
  }
  try {
    return await call()
  } finally {
    leave()
  }
}

/** What sessions that take turns wait at: 1 while one of them is in the engine. */
let turn = new Int32Array(new SharedArrayBuffer(4))
let takesTurns = false

/**
 * Calls the engine when no other session that takes turns is in it.
 *
 * @template T @param {() => Promise<T>} call @returns {Promise<T>}
 */
const callEngine = async (call) => {
  if (!takesTurns) return inEngine(call)
  while (Atomics.compareExchange(turn, 0, 0, 1) !== 0) Atomics.wait(turn, 0, 1)
  try {
    return await inEngine(call)
  } finally {
    Atomics.store(turn, 0, 0)
    Atomics.notify(turn, 0, 1)
  }
}

const leave = () => {
  Atomics.sub(state, INSIDE, 1)
  Atomics.notify(state, INSIDE)
}

/** @type {Map<string, ArrayBuffer>} */
const copies = new Map()

/**
 * The engine refuses shared memory: a copy in memory of this thread, which runs use one after the other.
 *
 * @template {import('@dinokit/core').AnyTensor['data']} T @param {string} name @param {T} data @returns {T}
 */
const own = (name, data) => {
  if (!(data.buffer instanceof SharedArrayBuffer)) return data
  let memory = copies.get(name)
  if (!memory || memory.byteLength < data.byteLength) copies.set(name, (memory = new ArrayBuffer(data.byteLength)))
  const copy = new /** @type {any} */ (data.constructor)(memory, 0, data.length)
  copy.set(data)
  return copy
}

/** @typedef {{ engine: typeof import('onnxruntime-node'), session: import('onnxruntime-node').InferenceSession }} Opened */
/** @type {Opened | undefined} */
let opened

/** @param {import('./worker-messages.ts').SessionStart} start */
const open = async ({ model, options, takesTurns: shares = false }) => {
  takesTurns = shares
  try {
    opened = await callEngine(async () => {
      // Where it is not set yet: see telemetry-switch.ts.
      process.env.ORT_DISABLE_TELEMETRY ||= '1'
      // Node 24 has arrays of 16-bit numbers, which onnxruntime-node 1.30 makes but does not take: without them it takes and gives their bits.
      Reflect.deleteProperty(globalThis, 'Float16Array')
      const engine = await import('onnxruntime-node')
      return { engine, session: await engine.InferenceSession.create(/** @type {string} */ (model), options) }
    })
    const { engine, session } = opened
    post({ kind: 'ready', version: engine.env.versions.node ?? '', inputs: [...session.inputNames], outputs: [...session.outputNames] })
  } catch (cause) {
    post({ kind: 'refused', reason: String(cause) })
    port.close()
  }
}

/** @param {Opened} opened @param {Extract<import('./worker-messages.ts').WorkerCall, { kind: 'run' }>} call */
const run = async ({ engine, session }, call) => {
  const feeds = Object.fromEntries(
    call.feeds.map(([name, { dtype, data, shape }]) => [
      name,
      new engine.Tensor(dtype, /** @type {Float32Array} */ (own(name, data)), shape),
    ]),
  )
  const outputs = await callEngine(async () =>
    Object.entries(await session.run(feeds)).map(([name, value]) => {
      const output = /** @type {import('onnxruntime-node').Tensor} */ (value)
      // A copy that can change threads; the engine's own memory is freed at once rather than when it is collected.
      const data = /** @type {Float32Array<ArrayBuffer>} */ (output.data).slice()
      const plain = { name, dtype: /** @type {import('@dinokit/core').DType} */ (output.type), data, shape: [...output.dims] }
      output.dispose()
      return plain
    }),
  )
  post(
    { kind: 'outputs', id: call.id, outputs },
    outputs.map(({ data }) => data.buffer),
  )
}

/** @param {import('./worker-messages.ts').WorkerCall} call */
const answer = async (call) => {
  if (call.kind === 'open') return open(call)
  if (call.kind === 'share') {
    state = call.state ?? state
    turn = call.turn ?? turn
    return
  }
  if (!opened) {
    // Given up before it was opened.
    if (call.kind === 'release') port.close()
    return
  }
  const { session } = opened
  try {
    if (call.kind === 'run') return await run(opened, call)
    await callEngine(() => session.release())
    post({ kind: 'released' })
    port.close()
  } catch (cause) {
    post({ kind: 'failed', id: call.kind === 'run' ? call.id : -1, reason: String(cause) })
  }
}

post({ kind: 'here' })
let last = Promise.resolve()
port.on('message', (/** @type {import('./worker-messages.ts').WorkerCall} */ call) => (last = last.then(() => answer(call))))
