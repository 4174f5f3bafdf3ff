import { DinokitError } from '@dinokit/core'
import { assertVerdict, verifyStore } from '@dinokit/store'
import { makeLayout, makeRow, makeRows } from '@dinokit/store/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, spawnSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@lancedb/lancedb'
import { Field, Schema, Utf8 } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLanceStore } from './open-lance-store.ts'
import { BATCH } from './testing/append-forever.ts'
import type { FillDiskReport } from './testing/fill-disk.ts'

const APPENDER = fileURLToPath(new URL('testing/append-forever.ts', import.meta.url))
const FILLER = fileURLToPath(new URL('testing/fill-disk.ts', import.meta.url))
const layout = makeLayout()

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-store-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Starts a process that appends, kills it at some moment after its first batch, and says what it had said was kept. */
function killWhileAppending(store: string, afterMs: number): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...TYPESCRIPT, APPENDER, store])
    let [said, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      said += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('close', (_, signal) => {
      const last = Number(said.split('\n').at(-2))
      if (signal === 'SIGKILL' && last > 0) done(last)
      else fail(new Error(`the appending process ended by itself: ${errors}`))
    })
  })
}

test('loses at most the batch being written by kill -9 at any moment, and the next writer goes on', { timeout: 240_000 }, async () => {
  const path = join(folder, 'killed')
  for (let round = 0; round < 3; round++) {
    const said = await killWhileAppending(path, Math.random() * 400)
    await using store = await openLanceStore(path)
    const count = await store.count()
    expect(count % BATCH).toBe(0)
    expect([said, said + BATCH]).toContain(count)
    assertVerdict(path, await verifyStore(store))
    const last = makeRow(store.layout, count - 1)
    expect((await store.get([last.id])).tensors.cls!.data).toEqual(last.tensors.cls!.data)
  }
})

/** A disk of a few megabytes, in a namespace of its own: where the system allows that. */
const onSmallDisk = (disk: string, command: string): string[] => [
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=12m tmpfs '${disk}' && ${command}`,
]
const smallDisks = spawnSync('unshare', onSmallDisk('/mnt', 'true')).status === 0

test.skipIf(!smallDisks)(
  'tells of a full disk by its code (needs unshare and tmpfs); the store is intact, and goes on once there is room',
  async () => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    const node = `'${process.execPath}' ${TYPESCRIPT.join(' ')} '${FILLER}' '${disk}'`
    const { stdout, stderr } = spawnSync('unshare', onSmallDisk(disk, node), { encoding: 'utf8' })
    expect(stdout, stderr).not.toBe('')
    const { code, said, found, problems, after } = JSON.parse(stdout) as FillDiskReport
    expect({ code, found, problems, after }).toEqual({ code: 'disk-full', found: said, problems: 0, after: said + 20 })
  },
)

describe('the store, at bad moments,', () => {
  test('lets one write at a time, and others read meanwhile what was there when they came', async () => {
    const path = join(folder, 'locked')
    const writer = await openLanceStore(path, { layout })
    await writer.append(makeRows(layout, 3))
    await expect(openLanceStore(path, { layout })).rejects.toMatchObject({
      code: 'store-locked',
      message: expect.stringContaining(String(process.pid)) as string,
    })
    await using reader = await openLanceStore(path)
    await writer.append(makeRows(layout, 3, 3))
    expect([await reader.count(), await writer.count()]).toEqual([3, 6])
    await expect(reader.append(makeRows(layout, 1))).rejects.toMatchObject({ code: 'invalid-option' })
    await writer.close()
    await (await openLanceStore(path, { layout })).close()
  })

  test('keeps nobody out for long by a lock whose process is dead, or that was never written to the end', async () => {
    const path = join(folder, 'stale')
    await mkdir(path)
    await writeFile(join(path, '.writer'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
    await (await openLanceStore(path, { layout })).close()
    expect((await readdir(path)).sort()).toEqual(['images.lance', 'rows.lance', 'tokens.lance'])
  })

  test('keeps nobody out by a writer killed as process 1 of a container when it is started again as process 1', async () => {
    const path = join(folder, 'container')
    await mkdir(path)
    // As dinokit wrote locks before they said when their holder started.
    await writeFile(join(path, '.writer'), JSON.stringify({ pid: process.pid, host: hostname() }))
    await utimes(join(path, '.writer'), new Date(0), new Date(0))
    await (await openLanceStore(path, { layout })).close()
    const writer = await openLanceStore(path, { layout })
    const lock = JSON.parse(await readFile(join(path, '.writer'), 'utf8')) as { started: string }
    await writer.close()
    await writeFile(join(path, '.writer'), JSON.stringify({ ...lock, started: `${lock.started}0` }))
    await (await openLanceStore(path, { layout })).close()
    expect(await readdir(path)).not.toContain('.writer')
  })

  test('rejects another model’s tokens by name, and other tensors too', async () => {
    const path = join(folder, 'other')
    await (await openLanceStore(path, { layout })).close()
    const fingerprint = { ...layout.fingerprint, model: 'dinov2-small', weights: 'cd34' }
    await expect(openLanceStore(path, { layout: { ...layout, fingerprint } })).rejects.toMatchObject({
      code: 'fingerprint-mismatch',
      message: expect.stringMatching(/model dinov2-small, weights cd34.*model tiny, weights ab12/) as string,
    })
    await expect(openLanceStore(path, { layout: { ...layout, tensors: { cls: [8] } } })).rejects.toMatchObject({ code: 'invalid-option' })
    // A refused writer leaves no lock behind.
    await (await openLanceStore(path, { layout })).close()
  })

  test('takes tokens of 8 bits into a store of float32 only where that is allowed', async () => {
    const path = join(folder, 'eight')
    await (await openLanceStore(path, { layout })).close()
    const eight = { ...layout, fingerprint: { ...layout.fingerprint, precision: 'int8' } }
    await expect(openLanceStore(path, { layout: eight })).rejects.toMatchObject({
      code: 'fingerprint-mismatch',
      details: { hint: expect.stringContaining('allowPrecision') as string },
    })
    await using store = await openLanceStore(path, { layout: eight, allowPrecision: true })
    await store.append(makeRows(layout, 2))
    expect([await store.count(), store.layout.fingerprint.precision]).toEqual([2, 'float32'])
  })

  test('rejects a store of a newer dinokit, no store, and a damaged one', async () => {
    await expect(openLanceStore(join(folder, 'newer'), { layout: { ...layout, version: 99 } })).rejects.toMatchObject({
      code: 'contract-mismatch',
    })
    const future = join(folder, 'future')
    const metadata = new Map([['dinokit', JSON.stringify({ ...layout, version: 99 })]])
    await (await connect(future)).createEmptyTable('rows', new Schema([new Field('id', new Utf8())], metadata))
    await expect(openLanceStore(future)).rejects.toMatchObject({ code: 'contract-mismatch' })
    await expect(openLanceStore(future, { layout })).rejects.toMatchObject({ code: 'contract-mismatch' })
    await expect(openLanceStore(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'file-not-found' })
  })

  test.each(['images', 'tokens'])('rejects a store whose %s are damaged, and writes over nothing in it', async (table) => {
    const damaged = join(folder, `damaged-${table}`)
    const store = await openLanceStore(damaged, { layout })
    await store.append(makeRows(layout, 5))
    await store.close()
    const data = join(damaged, `${table}.lance`, 'data')
    for (const file of await readdir(data)) await writeFile(join(data, file), 'no longer what it was')
    await using opened = await openLanceStore(damaged)
    await expect(verifyStore(opened)).rejects.toMatchObject({ code: 'store-invalid' })
    for (const name of [table, 'rows']) {
      const versions = join(damaged, `${name}.lance`, '_versions')
      for (const file of await readdir(versions)) await rm(join(versions, file))
      await expect(openLanceStore(damaged, { layout })).rejects.toMatchObject({ code: 'store-invalid' })
    }
    expect(await readdir(data)).not.toEqual([])
  })

  test('makes the store again after a process died while making it', async () => {
    const path = join(folder, 'begun')
    await mkdir(join(path, 'rows.lance', '_versions'), { recursive: true })
    await mkdir(join(path, 'rows.lance', '_transactions'))
    await appendFile(join(path, 'rows.lance', '_transactions', '0-some.txn'), 'begun')
    await using store = await openLanceStore(path, { layout })
    await store.append(makeRows(layout, 2))
    expect(await store.count()).toBe(2)
  })

  test('reports a folder that can’t be made', async () => {
    await writeFile(join(folder, 'a-file'), '')
    await expect(openLanceStore(join(folder, 'a-file', 'inside'), { layout })).rejects.toMatchObject({ code: 'file-unwritable' })
    await expect(openLanceStore(join(folder, 'a-file', 'inside'))).rejects.toSatisfy((error) => DinokitError.is(error, 'file-not-found'))
  })
})
