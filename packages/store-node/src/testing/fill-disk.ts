// Appends to a store until its disk is full, frees some space, and goes on. `tsx fill-disk.ts FOLDER`
import { DinokitError } from '@dinokit/core'
import { verifyStore, type Store } from '@dinokit/store'
import { makeLayout, makeRows } from '@dinokit/store/testing'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLanceStore } from '../open-lance-store.ts'

const BATCH = 20
const layout = makeLayout({ tensors: { cls: [192], patches: [8, 8, 192] } })

/** Report of the script. */
export interface FillDiskReport {
  readonly code: string
  readonly said: number
  readonly found: number
  readonly problems: number
  readonly after: number
}

async function appendUntilFull(store: Store): Promise<{ readonly code: string; readonly said: number }> {
  for (let said = 0; ; said += BATCH)
    try {
      await store.append(makeRows(layout, BATCH, said))
    } catch (error) {
      if (DinokitError.is(error)) return { code: error.code, said }
      throw error
    }
}

if (process.argv[2] !== undefined) {
  const ballast = join(process.argv[2], 'ballast')
  await writeFile(ballast, new Uint8Array(4_000_000))
  const store = await openLanceStore(join(process.argv[2], 'store'), { layout })
  const { code, said } = await appendUntilFull(store)
  await store.close()
  await rm(ballast)
  await using again = await openLanceStore(join(process.argv[2], 'store'), { layout })
  const { rows, problems } = await verifyStore(again)
  await again.append(makeRows(layout, BATCH, said))
  const report: FillDiskReport = { code, said, found: rows, problems: problems.length, after: await again.count() }
  process.stdout.write(JSON.stringify(report))
}
