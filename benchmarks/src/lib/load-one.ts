// One process of load.ts: loads the checkpoint that its argument names, and prints a LoadReport.
import { open } from 'dinokit'

/** Largest resident set so far, as the kernel counts it. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024
}

const before = peakMemory()
const started = performance.now()
const vision = await open({ model: process.argv[2]! })
const loaded = performance.now()
const peak = peakMemory()
const { cls } = await vision.embed({ data: Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 37) % 256), width: 224, height: 224 })
const looked = performance.now()
await vision.dispose()
process.stdout.write(
  JSON.stringify({ loadMs: loaded - started, runMs: looked - loaded, peak: peak - before, finite: cls.data.every(Number.isFinite) }),
)
