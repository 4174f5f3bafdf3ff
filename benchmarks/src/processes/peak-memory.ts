import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Largest resident set so far in bytes, as the kernel counts it: of this process, and of its living children where /proc says it. */
export function peakMemory(): number {
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
