import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { processOf } from '../engine/engine-host.ts'

/**
 * Returns the memory that the engine holds for a device: on the device where NVIDIA's tools say it, else in main memory. For `cpu` it is that of
 * this process and of the one that the engine has to itself there, if any.
 *
 * @param device - `cpu`, one that has a process of its own, or empty for the processor's process alone
 * @returns bytes; undefined where the system does not say
 */
export function engineMemory(device: string): number | undefined {
  if (device === 'cpu' || device === 'auto') {
    const own = processOf('')
    return process.memoryUsage().rss + (own === undefined ? 0 : (residentMemory(own) ?? 0))
  }
  const pid = processOf(device)
  return pid === undefined ? undefined : (memoryOnNvidia(pid) ?? residentMemory(pid))
}

function residentMemory(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found ? Number(found[1]) * 1024 : undefined
  } catch {
    return undefined
  }
}

function memoryOnNvidia(pid: number): number | undefined {
  try {
    const list = execFileSync('nvidia-smi', ['--query-compute-apps=pid,used_gpu_memory', '--format=csv,noheader,nounits'], {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const line = list.split('\n').find((text) => text.startsWith(`${pid},`))
    const megabytes = Number(line?.split(',')[1])
    return Number.isFinite(megabytes) ? megabytes * 2 ** 20 : undefined
  } catch {
    return undefined
  }
}
