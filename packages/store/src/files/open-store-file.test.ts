import { bytesSource } from '@dinokit/core'
import { ownGoldens } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../create-memory-store.ts'
import { openStoreFile } from './open-store-file.ts'
import { layoutToMake, STORE_VERSION } from '../contract/store-layout.ts'
import type { StoreRow } from '../contract/store.ts'
import { makeLayout, makeRows } from '../testing/make-rows.ts'

test.each(['parquet', 'safetensors'])('reads a .%s file that an earlier dinokit exported: every row and number', async (format) => {
  const path = `old/store-1.${format}`
  const file = await openStoreFile(bytesSource(path, await ownGoldens.read(path)))
  expect(file.layout).toEqual(makeLayout({ version: 1 }))
  const rows: StoreRow[] = []
  for await (const some of file.rows()) rows.push(...some)
  expect(rows).toEqual(makeRows(makeLayout(), 12))
  await using store = createMemoryStore(layoutToMake(path, file.layout))
  await store.append(rows)
  expect([store.layout.version, await store.count()]).toEqual([STORE_VERSION, 12])
})
