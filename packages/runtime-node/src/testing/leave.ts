// A program that ends in some way while the engine is in one of its functions. `tsx leave.ts HOW opening|running|copying thread|process [side]`
import { tensor } from '@dinokit/core'
import { SLOW_TO_OPEN, SLOW_TO_RUN } from '@dinokit/testing'
import { createSession } from '../engine/create-session.ts'
import { engineCallsUnderWay } from '../engine/engine-calls.ts'
import { copiedForEver } from './copied-for-ever.ts'

const [how, when, host] = process.argv.slice(2) as [keyof typeof WAYS, 'opening' | 'running' | 'copying', 'thread' | 'process']
const side = BigInt(process.argv[5] ?? 2048)
const WAYS = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('a fault of the application')
  },
  reject: () => void Promise.reject(new Error('a fault of the application')),
  SIGINT: () => process.kill(process.pid, 'SIGINT'),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
  handled: () => process.kill(process.pid, 'SIGINT'),
  abort: () => canceling.abort(),
}
const canceling = new AbortController()
if (how === 'handled') process.on('SIGINT', () => process.exit(9))

/** Leaves once the engine is in one of its functions, which only threads tell. */
function leave(): void {
  if (host === 'process') setTimeout(WAYS[how], 500)
  else if (engineCallsUnderWay() > 0) WAYS[how]()
  else setTimeout(leave, 1)
}

const { signal } = canceling
if (when === 'copying') await createSession(copiedForEver(WAYS[how]), { host })
if (when === 'opening') leave()
const session = await createSession(when === 'opening' ? SLOW_TO_OPEN : SLOW_TO_RUN, { replicas: 1, host }, { signal })
process.on('exit', () => process.stdout.write('the end of the application\n'))
leave()
const sides = tensor('int64', BigInt64Array.of(side, side), [2])
await session.run({ x: tensor('float32', Float32Array.of(1e-4), [1]), sides }, { signal })
