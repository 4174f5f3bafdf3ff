import { deleteKeys } from './delete-keys.ts'
import type { LanceTables } from './lance-tables.ts'
import { createRowIndex } from './row-index.ts'

/** Removes tokens that no row names: of rows that were replaced, and of writers that died between two commits. */
export async function sweepTokens({ images, tokens }: LanceTables): Promise<void> {
  if (!tokens || (await images.countRows()) === (await tokens.countRows())) return
  const named = new Set(await createRowIndex(images, true).keys())
  const orphans = (await createRowIndex(tokens, true).keys()).filter((key) => !named.has(key))
  await deleteKeys(tokens, Array.from(orphans))
}
