// @ts-check
// The process that an engine's thread lives in where a thread of the application's would not do. It hands on what either side
// says, and ends with the application, however that ends. Plain JavaScript, because Node starts it as it is, from src or dist.
import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Folders that go when this process does. @type {string[]} */
const guarded = []
const state = new Int32Array(new SharedArrayBuffer(8))
const thread = new Worker(new URL('./session-worker.js', import.meta.url), { workerData: state })

/** @param {import('./engine-port.ts').ProcessAnswer} answer */
const send = (answer) => process.connected && process.send?.(answer)

thread.on('message', send)
thread.on('error', (cause) => send({ kind: 'ended', reason: String(cause) }))
process.on('message', (/** @type {import('./engine-port.ts').ProcessCall} */ call) => {
  if (call.kind === 'guard') guarded.push(call.folder)
  else thread.postMessage(call)
})
process.on('disconnect', () => {
  for (const folder of guarded) rmSync(folder, { recursive: true, force: true })
  // An ordinary end would wait for the engine.
  process.kill(process.pid, 'SIGKILL')
})
// What a terminal sends to all its processes is the application's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
