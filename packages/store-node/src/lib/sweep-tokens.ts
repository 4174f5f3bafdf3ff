import { isIn } from './filter-sql.ts'
import type { LanceTables } from './lance-tables.ts'
import { createRowIndex } from './row-index.ts'
import { KEY } from './to-arrow.ts'

/** Keys of one deletion. */
const KEYS = 50_000

/** Removes tokens that no row names: of rows that were replaced, and of writers that died between two commits. */
export async function sweepTokens({ images, tokens }: LanceTables): Promise<void> {
  if (!tokens || (await images.countRows()) === (await tokens.countRows())) return
  const named = new Set(await createRowIndex(images, true).keys())
  const orphans = (await createRowIndex(tokens, true).keys()).filter((key) => !named.has(key))
  for (let start = 0; start < orphans.length; start += KEYS)
    await tokens.delete(isIn(KEY, Array.from(orphans.subarray(start, start + KEYS))))
}
