// A worker in a process of its own, which says its news as lines of JSON. Given its options as JSON.
import { openLanceStore } from '@dinokit/store-node'
import { open, type OpenOptions } from 'dinokit'
import { storeOptions } from '../storage/store-options.ts'
import { outputsOf, runWorker, type WorkerRunOptions } from '../index.ts'

const { model, threads, ...options } = JSON.parse(process.argv[2]!) as Omit<WorkerRunOptions, 'vision'> & {
  readonly model: OpenOptions
  readonly threads: number
}
const store = await openLanceStore(options.store, storeOptions(options.store))
const { layout } = store
await store.close()
await using vision = await open({ ...model, engine: { threads }, ...outputsOf(layout) })
await runWorker({ ...options, vision, onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`) })
