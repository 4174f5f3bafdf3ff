// @ts-check
// The process that sessions live in where threads of the application's would not do, each on a thread of its own. It hands on
// what either side says, and ends with the application, however that ends. Plain JavaScript, because Node starts it as it is,
// from src or dist.
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** What the paths of folders begin with that this process removes at its end. */
const [, , prefix] = process.argv
/** @type {Map<number, Worker>} */
const threads = new Map()
/** @type {Promise<unknown> | undefined} */
let engine
/** What sessions on a GPU wait at: its engine is not safe for calls that overlap. */
const turn = new Int32Array(new SharedArrayBuffer(4))

/**
 * What can't be sent has nobody any more to go to: the application may be gone before the end of its channel is heard of.
 *
 * @param {import('./engine-port.ts').ProcessAnswer} answer
 */
const send = (answer) => process.connected && process.send?.(answer, (/** @type {Error | null} */ error) => error && end())

/** @param {number} id */
const start = (id) => {
  const thread = new Worker(new URL('./session-worker.js', import.meta.url))
  threads.set(id, thread)
  thread.postMessage({ kind: 'share', turn })
  thread.on('message', (answer) => send({ id, answer }))
  thread.on('error', (cause) => send({ id, answer: { kind: 'ended', reason: String(cause) } }))
  thread.on('exit', () => {
    threads.delete(id)
    send({ id, answer: { kind: 'ended', reason: 'its thread ended' } })
  })
  // A thread may end, and would take the engine's library along: this one holds it. Where it can't be loaded, threads say so.
  engine ??= import('onnxruntime-node').catch(() => {})
}

process.on('message', (/** @type {import('./engine-port.ts').ProcessCall} */ call) => {
  if (call.kind === 'start') start(call.id)
  else threads.get(call.id)?.postMessage(call.call)
})
// What a terminal sends to all its processes is the application's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

/** @param {string} parent @param {string} start */
const removeFolders = (parent, start) => {
  for (const name of readdirSync(parent)) if (name.startsWith(start)) rmSync(join(parent, name), { recursive: true, force: true })
}

const end = () => {
  try {
    if (prefix) removeFolders(dirname(prefix), basename(prefix))
  } finally {
    // An ordinary end would wait for the engine.
    process.kill(process.pid, 'SIGKILL')
  }
}
process.on('disconnect', end)
// The application may have ended before this was listened for.
if (!process.connected) end()
