import { systemErrorCode } from '@dinokit/core'
import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/** Start of a process in the system's own words; null where it has ended, undefined where the system does not say. */
export type ProcessStart = string | null | undefined

/**
 * When a process started. The words are only good for comparing.
 *
 * @param pid - of the process
 * @param thread - of Linux: one of its threads
 * @param platform - how the system is asked
 */
export function startOf(pid: number, thread: number | undefined, platform = process.platform): ProcessStart {
  if (platform === 'linux') return ownPlace() === undefined ? undefined : startOnLinux(pid, thread ?? pid)
  return platform === 'win32' ? undefined : startByPs(pid)
}

/** The boot of the kernel and the pid namespace of this process; undefined where the system does not say. */
export function ownPlace(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // A /proc of another namespace numbers processes otherwise.
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

/** The thread that calls; undefined where the system does not say. Worker threads end without their process. */
export function ownThread(): number | undefined {
  if (ownPlace() === undefined) return undefined
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0])
  } catch {
    return undefined
  }
}

function startOnLinux(pid: number, thread: number): ProcessStart {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
    // The name, in parentheses, may hold anything; behind it is field 3, the state. Field 22 is the start since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; only its parent has not asked how.
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19]!
  } catch {
    return isHidden(pid) ? undefined : null
  }
}

/** Whether a process is there though /proc, mounted with `hidepid`, does not show it. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (cause) {
    return systemErrorCode(cause) === 'EPERM'
  }
}

function startByPs(pid: number): ProcessStart {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env })
  if (status === 0 && stdout.trim() !== '') return stdout.trim()
  return status === 1 && stdout.trim() === '' ? null : undefined
}
