// @ts-check
// The thread that an onnxruntime session lives on: its runs block the thread that they are on, so that must not be the
// one that decodes, resizes and answers requests. Plain JavaScript, because Node starts it as it is, from src or dist.
import { parentPort, workerData } from 'node:worker_threads'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** @type {import('./worker-messages.ts').WorkerStart} */
const { model, options } = workerData
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort)

/** @param {import('./worker-messages.ts').WorkerAnswer} answer @param {ArrayBuffer[]} [transfer] */
const post = (answer, transfer = []) => port.postMessage(answer, transfer)

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

try {
  const session = await InferenceSession.create(/** @type {string} */ (model), options)
  const answer = async (/** @type {import('./worker-messages.ts').WorkerCall} */ call) => {
    try {
      if (call.kind === 'release') {
        await session.release()
        post({ kind: 'released' })
        port.close()
        return
      }
      const feeds = Object.fromEntries(
        call.feeds.map(([name, { dtype, data, shape }]) => [name, new Tensor(dtype, /** @type {Float32Array} */ (own(name, data)), shape)]),
      )
      const outputs = Object.entries(await session.run(feeds)).map(([name, value]) => {
        const output = /** @type {import('onnxruntime-node').Tensor} */ (value)
        // A copy that can change threads; the engine's own memory is freed at once rather than when it is collected.
        const data = /** @type {Float32Array<ArrayBuffer>} */ (output.data).slice()
        const plain = { name, dtype: /** @type {import('@dinokit/core').DType} */ (output.type), data, shape: [...output.dims] }
        output.dispose()
        return plain
      })
      post(
        { kind: 'outputs', id: call.id, outputs },
        outputs.map(({ data }) => data.buffer),
      )
    } catch (cause) {
      post({ kind: 'failed', id: call.kind === 'run' ? call.id : -1, reason: String(cause) })
    }
  }
  let last = Promise.resolve()
  port.on('message', (/** @type {import('./worker-messages.ts').WorkerCall} */ call) => (last = last.then(() => answer(call))))
  post({ kind: 'ready', inputs: [...session.inputNames], outputs: [...session.outputNames] })
} catch (cause) {
  post({ kind: 'refused', reason: String(cause) })
  port.close()
}
