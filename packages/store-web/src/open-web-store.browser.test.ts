import { assertVerdict, verifyStore } from '@dinokit/store'
import { describeStore, makeLayout, makeRow, makeRows } from '@dinokit/store/testing'
import { openDB } from 'idb'
import { afterEach, expect, test } from 'vitest'
import { deleteWebStore } from './delete-web-store.ts'
import { openWebStore } from './open-web-store.ts'

const layout = makeLayout()
let count = 0
const used: string[] = []
const fresh = (): string => {
  const name = `test ${count++} ${Date.now()}`
  used.push(name)
  return name
}
afterEach(async () => {
  for (const name of used.splice(0)) await deleteWebStore(name)
})

describeStore('the browser', { create: (of) => openWebStore(fresh(), { layout: of }) })

test('finds stored rows when the store is opened again, by several readers', async () => {
  const name = fresh()
  const store = await openWebStore(name, { layout })
  await store.append(makeRows(layout, 30))
  await store.append([makeRow(layout, 3, { label: 'bird' })])
  await store.close()
  await using one = await openWebStore(name)
  await using other = await openWebStore(name)
  expect([await one.count(), await other.count({ label: 'bird' })]).toEqual([30, 1])
  assertVerdict(name, await verifyStore(one))
  await expect(one.append(makeRows(layout, 1))).rejects.toMatchObject({ code: 'invalid-option' })
})

test('rejects a second writer until the first has closed', async () => {
  const name = fresh()
  const store = await openWebStore(name, { layout })
  await expect(openWebStore(name, { layout })).rejects.toMatchObject({ code: 'store-locked' })
  await store.append(makeRows(layout, 2))
  await store.close()
  await using again = await openWebStore(name, { layout })
  expect(await again.count()).toBe(2)
})

test('ignores numbers that the database does not know, and writes over them', async () => {
  const name = fresh()
  const store = await openWebStore(name, { layout })
  await store.append(makeRows(layout, 5))
  await store.close()
  // What a tab leaves behind that dies between the two steps: longer files.
  const folder = await (
    await (await navigator.storage.getDirectory()).getDirectoryHandle('dinokit-stores')
  ).getDirectoryHandle(encodeURIComponent(name))
  const file = await (await folder.getFileHandle('cls.bin')).createWritable({ keepExistingData: true })
  await file.write({ type: 'write', position: 5 * 32, data: new Uint8Array(40).fill(255) })
  await file.close()
  await using again = await openWebStore(name, { layout })
  expect(await again.count()).toBe(5)
  await again.append(makeRows(layout, 3, 5))
  assertVerdict(name, await verifyStore(again))
  expect((await again.search(makeRow(layout, 6).tensors.cls!, { top: 1 }))[0]).toMatchObject({ id: makeRow(layout, 6).id })
})

/** Makes a store one of another version, as another dinokit would have left it. */
async function sayVersion(name: string, version: number): Promise<void> {
  const database = await openDB(`dinokit-store-${name}`)
  await database.put('about', { ...layout, version }, 'layout')
  database.close()
}

test('reads a store of format 1 as it is, and migrates it when it is opened for writing', async () => {
  const name = fresh()
  const store = await openWebStore(name, { layout })
  await store.append(makeRows(layout, 12))
  await store.close()
  await sayVersion(name, 1)
  const reader = await openWebStore(name)
  expect([reader.layout.version, await reader.count()]).toEqual([1, 12])
  assertVerdict(name, await verifyStore(reader))
  await reader.close()
  const writer = await openWebStore(name, { layout })
  await writer.remove([makeRow(layout, 1).id])
  await writer.relabel([{ id: makeRow(layout, 2).id, to: { id: 'moved', source: '/moved' } }])
  await writer.close()
  await using again = await openWebStore(name)
  expect([again.layout.version, await again.count()]).toEqual([2, 11])
  assertVerdict(name, await verifyStore(again))
  expect((await again.get(['moved'])).tensors.patches!.data).toEqual(makeRow(layout, 2).tensors.patches!.data)
})

test('takes tokens of 8 bits into a store of float32 only where that is allowed', async () => {
  const name = fresh()
  await (await openWebStore(name, { layout })).close()
  const eight = { ...layout, fingerprint: { ...layout.fingerprint, precision: 'int8' } }
  await expect(openWebStore(name, { layout: eight })).rejects.toMatchObject({
    code: 'fingerprint-mismatch',
    details: { hint: expect.stringContaining('allowPrecision') as string },
  })
  await using store = await openWebStore(name, { layout: eight, allowPrecision: true })
  await store.append(makeRows(layout, 2))
  expect([await store.count(), store.layout.fingerprint.precision]).toEqual([2, 'float32'])
})

test('rejects no store, another model’s, a newer one, and one that lost its numbers', async () => {
  const name = fresh()
  await expect(openWebStore(name)).rejects.toMatchObject({ code: 'file-not-found' })
  const store = await openWebStore(name, { layout })
  await store.append(makeRows(layout, 5))
  await store.close()
  const fingerprint = { ...layout.fingerprint, weights: 'cd34' }
  await expect(openWebStore(name, { layout: { ...layout, fingerprint } })).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
  await expect(openWebStore(fresh(), { layout: { ...layout, version: 99 } })).rejects.toMatchObject({ code: 'contract-mismatch' })
  await sayVersion(name, 99)
  await expect(openWebStore(name, { layout })).rejects.toMatchObject({ code: 'contract-mismatch' })
  await sayVersion(name, layout.version)
  const folder = await (
    await (await navigator.storage.getDirectory()).getDirectoryHandle('dinokit-stores')
  ).getDirectoryHandle(encodeURIComponent(name))
  await folder.removeEntry('cls.bin')
  await expect(openWebStore(name)).rejects.toMatchObject({ code: 'store-invalid' })
})
