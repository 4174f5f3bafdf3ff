import type { StoreReport } from '../contract/image-to-store.ts'
import type { Store } from '../contract/store.ts'
import type { ToRelabel } from './plan-images.ts'

/** Rows that are relabeled in one go: what is known of them takes some tens of megabytes. */
const MOST = 131_072

/** Rows that wait for their new labels, so that many get them in one commit. */
export interface WaitingLabels<Source> {
  add(changes: readonly ToRelabel<Source>[]): void
  /** Whether so many wait that they should get them now. */
  isFull(): boolean
  /** Whether a row waits for another id. */
  renames(): boolean
  /** Gives them their labels. */
  write(): Promise<StoreReport<Source>[]>
}

/** Makes it, with no row that waits. */
export function createWaitingLabels<Source>(store: Store): WaitingLabels<Source> {
  let waiting: ToRelabel<Source>[] = []
  return {
    add(changes) {
      waiting.push(...changes)
    },
    isFull: () => waiting.length >= MOST,
    renames: () => waiting.some(({ image, from }) => image.id !== from),
    async write() {
      const changes = waiting
      waiting = []
      if (changes.length > 0) await store.relabel(changes.map(({ from, labels }) => ({ id: from, to: labels })))
      return changes.map(({ image }) => ({ image, outcome: 'relabeled' }))
    },
  }
}
