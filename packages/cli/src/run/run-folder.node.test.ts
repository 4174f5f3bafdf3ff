import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRunFolder } from './run-folder.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

const point = { state: { steps: 1, tensors: {} }, next: {}, seconds: 1 } as never

test('lets one process at a time make a run, and tells another which', async () => {
  const path = join(folder, 'one')
  const first = await openRunFolder(path, {}, false)
  const locked = { code: 'run-locked', message: expect.stringContaining(`process ${process.pid} on ${hostname()}`) as string }
  await expect(openRunFolder(path, {}, false)).rejects.toMatchObject(locked)
  await first.save(point)
  await expect(openRunFolder(path, {}, true)).rejects.toMatchObject(locked)
  await first[Symbol.asyncDispose]()
  // What is refused holds nothing either.
  await expect(openRunFolder(path, {}, false)).rejects.toMatchObject({ code: 'invalid-option' })
  await (await openRunFolder(path, {}, true))[Symbol.asyncDispose]()
  await expect(readFile(join(path, '.lock'))).rejects.toThrow('ENOENT')
})

test('goes on with a run whose process was killed, though our number is the one that it had', async () => {
  const path = join(folder, 'killed')
  const killed = await openRunFolder(path, {}, false)
  await killed.save(point)
  const lock = JSON.parse(await readFile(join(path, '.lock'), 'utf8')) as { started?: string }
  await killed[Symbol.asyncDispose]()
  await writeFile(join(path, '.lock'), JSON.stringify({ ...lock, ...(lock.started && { started: `${lock.started}0` }) }))
  await utimes(join(path, '.lock'), new Date(0), new Date(0))
  await using again = await openRunFolder(path, {}, true)
  expect(again.point?.state.steps).toBe(1)
})

test('rejects a run of a newer dinokit, and changes nothing of it', async () => {
  const path = join(folder, 'newer')
  const run = await openRunFolder(path, {}, false)
  const file = await run.save(point)
  await run[Symbol.asyncDispose]()
  const written = await readFile(file, 'latin1')
  await writeFile(file, written.replace('\\"version\\":2', '\\"version\\":3'), 'latin1')
  await expect(openRunFolder(path, {}, true)).rejects.toMatchObject({ code: 'contract-mismatch', details: { given: 'version 3' } })
  expect(await readFile(file, 'latin1')).toContain('\\"version\\":3')
})

test('goes on with a run of version 1, whose targets and buffers were spelled otherwise', async () => {
  const path = join(folder, 'version-1')
  const recipe = { targets: 'centring', pictures: 4 }
  const run = await openRunFolder(path, recipe, false)
  const buffer = { dtype: 'float32', data: Float32Array.of(1), shape: [1] } as const
  const file = await run.save({ state: { steps: 1, tensors: { 'buffer.centre.cls': buffer } }, next: {}, seconds: 1 } as never)
  await run[Symbol.asyncDispose]()
  await writeFile(file, (await readFile(file, 'latin1')).replace('\\"version\\":2', '\\"version\\":1'), 'latin1')
  await using again = await openRunFolder(path, { images: 4, targets: 'centering' }, true)
  expect(Object.keys(again.point!.state.tensors)).toEqual(['buffer.center.cls'])
})
