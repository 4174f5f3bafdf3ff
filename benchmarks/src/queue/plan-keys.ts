// One process of queue.ts: plans so many keys on the queue and for the store that its arguments name, and prints a PlanningReport.
import { openQueues, openStorage, planShards, type Plan, type QueueImage } from '@dinokit/queue'
import { peakMemory } from '../processes/peak-memory.ts'

/** Figures of a planning; memory in bytes, all of the process. */
export interface PlanningReport extends Plan {
  readonly seconds: number
  readonly before: number
  readonly peak: number
}

function* named(keys: number): Generator<QueueImage> {
  for (let key = 0; key < keys; key++) {
    const id = `photos/${String(Math.floor(key / 1000)).padStart(4, '0')}/IMG_${String(key).padStart(8, '0')}.jpg`
    yield { id, source: `/data/${id}` }
  }
}

const [, , address, folder, keys] = process.argv as [string, string, string, string, string]
const queues = await openQueues(address)
const storage = await openStorage(folder, false)
const before = peakMemory()
const started = performance.now()
const plan = await planShards(queues, storage, named(Number(keys)))
const report: PlanningReport = { ...plan, seconds: (performance.now() - started) / 1000, before, peak: peakMemory() }
await queues.close()
process.stdout.write(JSON.stringify(report))
