import { bytesSource, DinokitError } from '@dinokit/core'
import { readSafetensors } from '@dinokit/checkpoint'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../create-memory-store.ts'
import type { StoreFormat } from './export-options.ts'
import { exportStore } from './export-store.ts'
import { openStoreFile } from './open-store-file.ts'
import { makeLayout, makeRows } from '../testing/make-rows.ts'
import type { Store, StoreRow } from '../contract/store.ts'

const layout = makeLayout()
const rows = makeRows(layout, 700)

async function fileOf(store: Store, format: StoreFormat, filter = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of exportStore(store, format, filter)) pieces.push(piece)
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

async function readBack(bytes: Uint8Array): Promise<StoreRow[]> {
  const all: StoreRow[] = []
  const file = await openStoreFile(bytesSource('a file', bytes))
  expect(file.layout).toEqual(layout)
  for await (const some of file.rows()) all.push(...some)
  expect(file.count).toBe(all.length)
  return all
}

describe.each(['parquet', 'safetensors'] as const)('%s', (format) => {
  test('gives every row and every number back', async () => {
    await using store = createMemoryStore(layout)
    await store.append(rows)
    expect(await readBack(await fileOf(store, format))).toEqual(rows)
  })

  test('gives a part of the rows, and none', async () => {
    await using store = createMemoryStore(layout)
    await store.append(rows)
    expect(await readBack(await fileOf(store, format, { split: 'val' }))).toEqual(rows.filter(({ split }) => split === 'val'))
    expect(await readBack(await fileOf(store, format, { split: 'nobody' }))).toEqual([])
  })

  test('rejects truncated and foreign files', async () => {
    await using store = createMemoryStore(layout)
    await store.append(rows)
    const bytes = await fileOf(store, format)
    for (const bad of [bytes.subarray(0, bytes.length - 100), bytes.subarray(0, 3), new Uint8Array(500)])
      await expect(readBack(bad)).rejects.toSatisfy((error) => DinokitError.is(error))
  })
})

test('safetensors holds plain tensors, in the element type of the store', async () => {
  await using store = createMemoryStore(makeLayout({ dtype: 'float16', tensors: { cls: [8] } }))
  await store.append(makeRows(store.layout, 5))
  const { tensors } = await readSafetensors(bytesSource('a file', await fileOf(store, 'safetensors')))
  expect(tensors.get('cls')).toMatchObject({ dtype: 'F16', shape: [5, 8] })
})

test.each(['parquet', 'safetensors'] as const)('%s keeps every number of 16 bits', async (format) => {
  // Exponents from the smallest to the largest, of both signs; exponent 0 has the subnormal ones.
  const numbers = Float32Array.from({ length: 2 * 31 * 1024 }, (_, index) => {
    const [sign, exponent, fraction] = [index & 1 ? -1 : 1, (index >> 1) % 31, Math.floor(index / 62)]
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
  })
  const half = makeLayout({ dtype: 'float16', tensors: { cls: [numbers.length] } })
  await using store = createMemoryStore(half)
  const [row] = makeRows(half, 1)
  await store.append([{ ...row!, tensors: { cls: { ...row!.tensors.cls!, data: numbers } } }])
  const file = await openStoreFile(bytesSource('a file', await fileOf(store, format)))
  for await (const [read] of file.rows())
    expect(new Uint32Array(read!.tensors.cls!.data.slice().buffer)).toEqual(new Uint32Array(numbers.buffer))
})

test('rejects a file of a newer dinokit', async () => {
  await using store = createMemoryStore({ ...layout, version: layout.version + 1 })
  await expect(openStoreFile(bytesSource('a file', await fileOf(store, 'safetensors')))).rejects.toMatchObject({
    code: 'contract-mismatch',
  })
})
