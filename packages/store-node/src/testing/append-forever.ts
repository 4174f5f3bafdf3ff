// Appends to a store, batch after batch, until it is killed; says what is kept. `tsx append-forever.ts FOLDER`
import { makeLayout, makeRows } from '@dinokit/store/testing'
import { openLanceStore } from '../open-lance-store.ts'

/** Rows of one call. */
export const BATCH = 50

if (process.argv[2] !== undefined) {
  const layout = makeLayout({ tensors: { cls: [192], patches: [8, 8, 192] } })
  const store = await openLanceStore(process.argv[2], { layout })
  for (let from = await store.count(); ; from += BATCH) {
    await store.append(makeRows(layout, BATCH, from))
    process.stdout.write(`${from + BATCH}\n`)
  }
}
