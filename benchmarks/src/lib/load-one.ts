// One process of load.ts: loads the checkpoint and precision that its arguments name, and prints a LoadReport.
import type { PrecisionName } from '@dinokit/core'
import { open } from 'dinokit'
import { peakMemory } from '../processes/peak-memory.ts'

const [, , model, precision] = process.argv as [string, string, string, PrecisionName]
const before = peakMemory()
const started = performance.now()
const vision = await open({ model, precision })
const loaded = performance.now()
const peak = peakMemory()
const { cls } = await vision.embed({ data: Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 37) % 256), width: 224, height: 224 })
const looked = performance.now()
const peakWithRun = peakMemory()
await vision.dispose()
process.stdout.write(
  JSON.stringify({
    loadMs: loaded - started,
    runMs: looked - loaded,
    peak: peak - before,
    peakWithRun: peakWithRun - before,
    finite: cls.data.every(Number.isFinite),
  }),
)
