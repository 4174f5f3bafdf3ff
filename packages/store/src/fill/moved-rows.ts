import type { RowLabels, Store } from '../contract/store.ts'

/** Rows of images that are no longer where they were, by the content of their files. */
export interface MovedRows {
  /** Looks for rows of these contents. */
  lookFor(hashes: readonly string[]): Promise<void>
  /**
   * Takes a row for an image of the same content: once.
   *
   * @param seen - ids of images that are there, whose rows are not taken
   * @returns its id and labels
   */
  take(hash: string, seen: ReadonlySet<string>): Promise<RowLabels | undefined>
  /** Whether the row of an id was taken. */
  isTaken(id: string): boolean
  /** Whether an image is no longer where its row says. */
  isGone(source: string): Promise<boolean>
}

/**
 * Makes it for one run.
 *
 * @param store - stays the caller's
 * @param isGone - whether an image is no longer where its row says; without it, no row is taken
 */
export function createMovedRows(store: Store, isGone: ((source: string) => Promise<boolean>) | undefined): MovedRows {
  const taken = new Set<string>()
  let found = new Map<string, RowLabels[]>()
  return {
    async lookFor(hashes) {
      found = new Map()
      if (!isGone || hashes.length === 0) return
      for await (const { rows } of store.iterate({
        hash: hashes,
        fields: ['id', 'source', 'hash', 'label', 'annotation', 'split'],
        tensors: [],
      }))
        for (const { hash, ...row } of rows) found.set(hash, [...(found.get(hash) ?? []), row])
    },
    async take(hash, seen) {
      for (const row of found.get(hash) ?? []) {
        if (seen.has(row.id) || taken.has(row.id) || !(await isGone!(row.source))) continue
        taken.add(row.id)
        return row
      }
      return undefined
    },
    isTaken: (id) => taken.has(id),
    isGone: async (source) => (await isGone?.(source)) ?? false,
  }
}
