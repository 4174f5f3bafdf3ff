// One process of load.ts: loads the checkpoint and precision that its arguments name, and prints a LoadReport.
import type { PrecisionName } from '@dinokit/core'
import { open } from 'dinokit'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Largest resident set so far, as the kernel counts it: of this process, and of its children where /proc says it. */
function peakMemory(): number {
  const own = process.resourceUsage().maxRSS * 1024
  if (!existsSync('/proc/self/status')) return own
  return readdirSync('/proc').reduce((sum, name) => sum + (/^\d+$/.test(name) ? childPeak(name) : 0), own)
}

function childPeak(pid: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return status.includes(`\nPPid:\t${process.pid}\n`) ? 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) : 0
  } catch {
    return 0
  }
}

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
