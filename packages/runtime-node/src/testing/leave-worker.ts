// A program that terminates a worker thread while the engine works for it. `tsx leave-worker.ts opening|running|copying [SIGNAL]`
import { tensor } from '@dinokit/core'
import { SLOW_TO_OPEN, SLOW_TO_RUN } from '@dinokit/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createSession } from '../engine/create-session.ts'
import { copiedForEver } from './copied-for-ever.ts'

const [when, signal] = process.argv.slice(2) as ['opening' | 'running' | 'copying', string?]

/** Tells the main thread that this one is where it is to be terminated. */
function tell(): void {
  parentPort!.postMessage('now')
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: [when] })
  await new Promise((resolve) => worker.once('message', resolve))
  if (signal) process.kill(process.pid, signal)
  process.stdout.write(`${await worker.terminate()}\n`)
} else if (when === 'copying') await createSession(copiedForEver(tell))
else {
  if (when === 'opening') setTimeout(tell, 500)
  const session = await createSession(when === 'opening' ? SLOW_TO_OPEN : SLOW_TO_RUN)
  const sides = tensor('int64', BigInt64Array.of(2048n, 2048n), [2])
  // The first run proves that it works at all.
  await session.run({ x: tensor('float32', Float32Array.of(1), [1]), sides: tensor('int64', BigInt64Array.of(2n, 2n), [2]) })
  setTimeout(tell, 200)
  await session.run({ x: tensor('float32', Float32Array.of(1e-4), [1]), sides })
  await sleep(60_000)
}
