import { hostname } from 'node:os'
import { readProcessState, type ProcessState } from '../process-identity.ts'
import type { LockRecord } from './lock-record.ts'

/** Time between two touches of a lock by its holder, in milliseconds. */
export const TOUCH_MS = 3000
/** A holder that can't be looked up is taken for dead when it has not touched its lock for so long. */
const STALE_MS = 15_000
/** The same for one on another machine: clocks differ, and shared disks say late what was written. */
const FAR_STALE_MS = 60_000
/** It is watched for so long at least: after a sleep of the machine, locks look old that are not. */
const WATCHED_MS = 4000

/** Judges the holder of a lock, looking at it again and again. */
export interface Patience {
  judge(record: LockRecord): ProcessState
}

/** Makes a judge that has seen nothing yet. */
export function createPatience(): Patience {
  let first: { readonly token: string; readonly touched: number; readonly seen: number } | undefined
  return {
    judge(record) {
      const { token, touched, holder } = record
      const state = holder ? readProcessState(holder, touched) : 'unsure'
      if (state !== 'unsure') return state
      if (first?.token !== token) first = { token, touched, seen: performance.now() }
      if (first.touched !== touched) return 'running'
      const stale = holder && holder.host !== hostname() ? FAR_STALE_MS : STALE_MS
      const watched = performance.now() - first.seen
      return watched >= stale || (watched >= WATCHED_MS && Date.now() - touched >= stale) ? 'gone' : 'unsure'
    },
  }
}
