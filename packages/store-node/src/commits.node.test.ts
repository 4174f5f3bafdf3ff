import { assertVerdict, createMemoryStore, verifyStore } from '@dinokit/store'
import { makeLayout, makeRow, makeRows } from '@dinokit/store/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { connect, type Table } from '@lancedb/lancedb'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toTokens } from './tables/to-arrow.ts'
import { openLanceStore } from './open-lance-store.ts'

const APPENDER = fileURLToPath(new URL('testing/append-forever.ts', import.meta.url))
const layout = makeLayout()

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-commits-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Commits of a table so far. */
async function commits(path: string, table: string): Promise<number> {
  return (await openTable(path, table)).version()
}

async function dataBytes(path: string): Promise<number> {
  const data = join(path, 'images.lance', 'data')
  const sizes = (await readdir(data)).map(async (name) => (await stat(join(data, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function openTable(path: string, table: string): Promise<Table> {
  return (await connect(path)).openTable(table)
}

test('relabels 5,000 rows in two commits, writes no tokens, and keeps the index for approximate search', async () => {
  const path = join(folder, 'relabel')
  const few = makeLayout({ tensors: { cls: [48], patches: [1, 2, 8] } })
  await using store = await openLanceStore(path, { layout: few })
  const rows = makeRows(few, 5000)
  await store.append(rows.slice(0, 3000))
  await store.append(rows.slice(3000))
  await store.optimize()
  const tokens = await readdir(join(path, 'tokens.lance'), { recursive: true })
  const [before, bytes] = [await commits(path, 'images'), await dataBytes(path)]
  await store.relabel(
    rows.map(({ id, source }, index) => ({ id, to: { id: `moved/${id}`, source, label: `class ${index % 7}`, split: 'val' } })),
  )
  expect((await commits(path, 'images')) - before).toBe(2)
  expect(await readdir(join(path, 'tokens.lance'), { recursive: true })).toEqual(tokens)
  // Class tokens alone are 960 kB.
  expect((await dataBytes(path)) - bytes).toBeLessThan(500_000)
  expect((await (await openTable(path, 'images')).indexStats('cls_idx'))!.numUnindexedRows).toBe(0)
  expect([await store.count({ split: 'val' }), await store.count({ label: 'class 3' })]).toEqual([5000, 714])
  const { rows: found, tensors } = await store.get([`moved/${rows[4999]!.id}`])
  expect(found[0]).toMatchObject({ label: `class ${4999 % 7}`, hash: rows[4999]!.hash })
  expect(tensors.patches!.data).toEqual(rows[4999]!.tensors.patches!.data)
  // Another part of them, and one: the columns that were written before are written again.
  for (const some of [rows.slice(1000, 3500), rows.slice(7, 8)]) {
    const versions = await commits(path, 'images')
    await store.relabel(some.map(({ id, source }) => ({ id: `moved/${id}`, to: { id, source, split: 'back' } })))
    expect((await commits(path, 'images')) - versions).toBe(2)
    expect(await store.count({ split: 'back' })).toBe(some.length === 1 ? 2501 : 2500)
  }
  expect((await dataBytes(path)) - bytes).toBeLessThan(900_000)
  const near = await store.search(rows[2000]!.tensors.cls!, { top: 1, approximate: true })
  expect(near).toMatchObject([{ id: rows[2000]!.id, split: 'back' }])
})

test('keeps a store of class tokens alone in one table, appends in one commit to each, and removes in one', async () => {
  const [bare, path] = [join(folder, 'bare'), join(folder, 'full')]
  const cls = makeLayout({ tensors: { cls: [8] } })
  await using one = await openLanceStore(bare, { layout: cls })
  await one.append(makeRows(cls, 5))
  expect((await readdir(bare)).filter((name) => name.endsWith('.lance')).sort()).toEqual(['images.lance', 'rows.lance'])
  expect(await one.remove([makeRow(cls, 1).id])).toBe(1)
  await using store = await openLanceStore(path, { layout })
  const versions = (): Promise<number[]> => Promise.all(['images', 'tokens', 'rows'].map((table) => commits(path, table)))
  const before = await versions()
  await store.append(makeRows(layout, 50))
  await store.remove(makeRows(layout, 20).map(({ id }) => id))
  expect(await versions()).toEqual([before[0]! + 2, before[1]! + 2, before[2]])
})

test('shows no tokens that a dead writer left without rows, and drops them when the next one opens', async () => {
  const path = join(folder, 'orphans')
  const store = await openLanceStore(path, { layout })
  await store.append(makeRows(layout, 6))
  await store.append([makeRow(layout, 2, { tensors: makeRow(layout, 50).tensors })])
  await store.close()
  // What a writer leaves that dies between the two commits of an append: here the tokens are those of other rows.
  const other = createMemoryStore(layout)
  await other.append(makeRows(layout, 3))
  const tokens = await openTable(path, 'tokens')
  await tokens.add(toTokens(await other.get(makeRows(layout, 3).map(({ id }) => id)), [1, 2, 3], layout))
  expect(await tokens.countRows()).toBe(10)
  const reader = await openLanceStore(path)
  expect(await reader.count()).toBe(6)
  assertVerdict(path, await verifyStore(reader))
  await reader.close()
  await using again = await openLanceStore(path, { layout })
  await tokens.checkoutLatest()
  expect(await tokens.countRows()).toBe(6)
  assertVerdict(path, await verifyStore(again))
  expect((await again.get([makeRow(layout, 2).id])).tensors.patches!.data).toEqual(makeRow(layout, 50).tensors.patches!.data)
})

test('shows a reader what a writer wrote after a refresh, always whole', { timeout: 120_000 }, async () => {
  const path = join(folder, 'followed')
  const child = spawn(process.execPath, [...TYPESCRIPT, APPENDER, path])
  const ended = once(child, 'close').then(() => Promise.reject(new Error('the writer ended')))
  ended.catch(() => {})
  // The rows that the writer has said to be kept.
  let said = 0
  child.stdout.on('data', (chunk: Buffer) => (said = Number(chunk.toString().split('\n').at(-2))))
  const more = async (than: number): Promise<void> => {
    while (said <= than) await Promise.race([once(child.stdout, 'data'), ended])
  }
  try {
    await more(0)
    await using reader = await openLanceStore(path)
    let rows = await reader.count()
    for (let round = 0; round < 2; round++) {
      await more(rows)
      expect(await reader.count()).toBe(rows)
      await reader.refresh()
      const now = await reader.count()
      expect(now).toBeGreaterThan(rows)
      assertVerdict(path, await verifyStore(reader))
      rows = now
    }
  } finally {
    child.kill('SIGKILL')
  }
})

test('goes on with an iteration when rows are relabeled, and says so when one that it has not reached has left', async () => {
  // Two megabytes a row: eight of them are read at a time.
  const large = makeLayout({ tensors: { cls: [8], patches: [64, 64, 128] } })
  await using store = await openLanceStore(join(folder, 'iterated'), { layout: large })
  const patches = { dtype: 'float32' as const, data: new Float32Array(64 * 64 * 128), shape: [64, 64, 128] }
  const rows = makeRows(makeLayout({ tensors: { cls: [8] } }), 10).map((row) => ({ ...row, tensors: { ...row.tensors, patches } }))
  await store.append(rows)
  const iterating = store.iterate({ batch: 1 })
  await iterating.next()
  await store.relabel([{ id: rows[9]!.id, to: { id: 'last', source: '/last' } }])
  await store.optimize()
  const ids: string[] = []
  for await (const batch of iterating) ids.push(batch.rows[0]!.id)
  expect(ids.at(-1)).toBe('last')
  const again = store.iterate({ batch: 1 })
  await again.next()
  await store.remove(['last'])
  await expect(
    (async () => {
      for await (const batch of again) void batch
    })(),
  ).rejects.toMatchObject({ code: 'store-invalid', message: expect.stringContaining('removed') as string })
})
