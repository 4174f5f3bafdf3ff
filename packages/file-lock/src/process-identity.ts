import { systemErrorCode } from '@dinokit/core'
import { hostname } from 'node:os'
import { ownPlace, ownThread, startOf } from './lib/process-start.ts'

/** A process, so that no other is taken for it: not one that got its number later, nor one of another container. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** Where the number means this process: a boot of a kernel and a pid namespace. Only Linux says. */
  readonly place?: string
  /** Number of the thread, as the kernel counts. Only Linux says. */
  readonly thread?: number
  /** When the thread, or else the process, started, in the system's own words. Windows says nothing. */
  readonly started?: string
}

/** Whether a process is still there; `unsure` where it can't be looked up from here. */
export type ProcessState = 'running' | 'gone' | 'unsure'

/** Milliseconds that two clocks of one machine may differ. */
const SLACK_MS = 2000

/** Identity of the process, and on Linux of the thread, that calls. */
export function ownIdentity(): ProcessIdentity {
  const place = ownPlace()
  const thread = ownThread()
  const started = startOf(process.pid, thread)
  return {
    pid: process.pid,
    host: hostname(),
    ...(place !== undefined && { place }),
    ...(thread !== undefined && { thread }),
    ...(typeof started === 'string' && { started }),
  }
}

/**
 * Looks for a process: it is the same only if it also started when the identity says.
 *
 * @param identity - as it was written; only `pid` and `host` are needed
 * @param touched - when it last gave a sign of life, in milliseconds since 1970
 */
export function readProcessState(identity: ProcessIdentity, touched: number): ProcessState {
  const { pid, host, place, thread, started } = identity
  if (host !== hostname() || (place !== undefined && place !== ownPlace())) return 'unsure'
  if (started !== undefined) {
    const found = startOf(pid, thread)
    return found === undefined ? 'unsure' : found === started ? 'running' : 'gone'
  }
  if (!isThere(pid)) return 'gone'
  // Nobody gave a sign of life before it started.
  if (pid === process.pid) return touched < Date.now() - process.uptime() * 1000 - SLACK_MS ? 'gone' : 'running'
  return 'unsure'
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    // It is there, and another user's.
    return systemErrorCode(cause) === 'EPERM'
  }
}
