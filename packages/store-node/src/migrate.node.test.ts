import { assertVerdict, STORE_VERSION, verifyStore, type Store, type StoreRow } from '@dinokit/store'
import { makeLayout, makeRow, makeRows } from '@dinokit/store/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { connect } from '@lancedb/lancedb'
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLanceStore } from './open-lance-store.ts'

/** Made by dinokit before format 2: twelve rows, one of which was replaced. */
const FORMAT_1 = fileURLToPath(new URL('testing/store-1', import.meta.url))
const DYING = fileURLToPath(new URL('testing/migrate-and-die.ts', import.meta.url))
const layout = makeLayout()
const replaced = makeRow(layout, 4, { hash: 'f'.repeat(64), label: 'bird', tensors: makeRow(layout, 99).tensors })
const expected = makeRows(layout, 12).map((row) => (row.id === replaced.id ? replaced : row))

let folder: string
let count = 0
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-migrate-'))))
afterAll(() => rm(folder, { recursive: true }))

async function oldStore(): Promise<string> {
  const path = join(folder, `store${count++}`)
  await cp(FORMAT_1, path, { recursive: true })
  return path
}

const filesOf = async (path: string): Promise<string[]> => (await readdir(path, { recursive: true })).sort()

async function expectRows(store: Store, rows: readonly StoreRow[]): Promise<void> {
  assertVerdict(store.name, await verifyStore(store))
  expect(await store.count()).toBe(rows.length)
  const { rows: found, tensors } = await store.get(rows.map(({ id }) => id))
  rows.forEach(({ tensors: own, ...info }, index) => {
    expect(found[index]).toEqual(info)
    for (const [name, { data }] of Object.entries(own))
      expect(tensors[name]!.data.slice(index * data.length, (index + 1) * data.length)).toEqual(data)
  })
}

async function orderOf(store: Store): Promise<string[]> {
  const ids: string[] = []
  for await (const { rows } of store.iterate({ fields: ['id'], tensors: [] })) ids.push(...rows.map(({ id }) => id))
  return ids
}

test('reads a store of format 1 as it is, and leaves it so', async () => {
  const path = await oldStore()
  const before = await filesOf(path)
  await using store = await openLanceStore(path)
  expect(store.layout.version).toBe(1)
  await expectRows(store, expected)
  expect(await store.count({ label: 'cat', split: 'train' })).toBe(3)
  expect((await store.search(replaced.tensors.cls!, { top: 1 }))[0]).toMatchObject({ id: replaced.id, label: 'bird' })
  await store.refresh()
  expect(await filesOf(path)).toEqual(before)
})

test('migrates it when it is opened for writing: every row and number stays, in order; readers go on, and follow', async () => {
  const path = await oldStore()
  await using reader = await openLanceStore(path)
  const order = await orderOf(reader)
  const steps: string[] = []
  const store = await openLanceStore(path, { layout, onProgress: ({ done, total }) => steps.push(`${done} of ${total}`) })
  expect([store.layout.version, steps]).toEqual([STORE_VERSION, ['12 of 12']])
  await expectRows(store, expected)
  expect(await orderOf(store)).toEqual(order)
  await expectRows(reader, expected)
  await store.append(makeRows(layout, 3, 12))
  await store.remove([makeRow(layout, 0).id])
  await store.close()
  expect(await reader.count()).toBe(12)
  await reader.refresh()
  await expectRows(reader, [...expected.slice(1), ...makeRows(layout, 3, 12)])
  expect((await orderOf(reader)).slice(-3)).toEqual(makeRows(layout, 3, 12).map(({ id }) => id))
  const again: string[] = []
  await (await openLanceStore(path, { access: 'write', onProgress: ({ name }) => again.push(name) })).close()
  expect(again).toEqual([])
})

test('tells a dinokit of format 1 that a newer one wrote the store, and gives it no rows to write over', async () => {
  const path = await oldStore()
  await (await openLanceStore(path, { access: 'write' })).close()
  const head = await (await connect(path)).openTable('rows')
  const { version } = JSON.parse((await head.schema()).metadata.get('dinokit')!) as { readonly version: number }
  expect([version, await head.countRows()]).toEqual([2, 0])
})

test('leaves the store as it was by kill -9 in the middle, and the next writer migrates it', { timeout: 60_000 }, async () => {
  const path = await oldStore()
  const { signal, stderr } = spawnSync(process.execPath, [...TYPESCRIPT, DYING, path], { encoding: 'utf8' })
  expect(signal, stderr).toBe('SIGKILL')
  expect(await readdir(path)).toContain('images.lance')
  const reader = await openLanceStore(path)
  expect(reader.layout.version).toBe(1)
  await expectRows(reader, expected)
  await reader.close()
  await using store = await openLanceStore(path, { layout })
  expect(store.layout.version).toBe(STORE_VERSION)
  await expectRows(store, expected)
})
