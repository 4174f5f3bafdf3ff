// @ts-check
// The process that an engine's thread lives in where a thread of the application's would not do. It hands on what either side
// says, and ends with the application, however that ends. Plain JavaScript, because Node starts it as it is, from src or dist.
import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** A folder that goes when this process does. */
const [, , folder] = process.argv
const state = new Int32Array(new SharedArrayBuffer(8))
const thread = new Worker(new URL('./session-worker.js', import.meta.url))
thread.postMessage(/** @type {import('./worker-messages.ts').WorkerCall} */ ({ kind: 'share', state }))

/** @param {import('./engine-port.ts').ProcessAnswer} answer */
const send = (answer) => process.connected && process.send?.(answer)

thread.on('message', send)
thread.on('error', (cause) => send({ kind: 'ended', reason: String(cause) }))
process.on('message', (/** @type {import('./worker-messages.ts').WorkerCall} */ call) => thread.postMessage(call))
// What a terminal sends to all its processes is the application's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

const end = () => {
  if (folder) rmSync(folder, { recursive: true, force: true })
  // An ordinary end would wait for the engine.
  process.kill(process.pid, 'SIGKILL')
}
process.on('disconnect', end)
// The application may have ended before this was listened for.
if (!process.connected) end()
