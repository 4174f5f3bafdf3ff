import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepFinding, readFinding, type FindingKey } from './kept-findings.ts'

const KEY: FindingKey = {
  engine: '1.30.0',
  device: 'webgpu',
  driver: '550.1',
  adapters: ['NVIDIA H200'],
  model: 'a1',
  precision: 'float32',
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-findings-'))
  vi.stubEnv('DINOKIT_CACHE', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

test('keeps what was found for one engine, driver, adapter, model and precision, and for no other', async () => {
  await keepFinding(KEY, undefined)
  expect(readFinding(KEY)).toMatchObject({ at: expect.any(Number) as number })
  expect(readFinding(KEY)?.objection).toBeUndefined()
  for (const other of [
    { engine: '1.31.0' },
    { device: 'cuda' },
    { driver: '551' },
    { adapters: [] },
    { model: 'b2' },
    { precision: 'float16' },
  ])
    expect(readFinding({ ...KEY, ...other })).toBeUndefined()
})

test('tries a refused device again after a week, and keeps one that works', async () => {
  await keepFinding(KEY, 'It is slow.')
  const used = { ...KEY, model: 'b2' }
  await keepFinding(used, undefined)
  expect(readFinding(KEY)?.objection).toBe('It is slow.')
  vi.useFakeTimers({ now: Date.now() + 8 * 24 * 60 * 60 * 1000, toFake: ['Date'] })
  expect(readFinding(KEY)).toBeUndefined()
  expect(readFinding(used)).toBeDefined()
})

test('takes a damaged file for an empty one, and leaves no more than 200 findings', async () => {
  await writeFile(join(folder, 'devices.json'), '{"version":1,"findings":{"x":3}')
  expect(readFinding(KEY)).toBeUndefined()
  for (let i = 0; i < 205; i++) await keepFinding({ ...KEY, model: String(i) }, undefined)
  const { findings } = JSON.parse(await readFile(join(folder, 'devices.json'), 'utf8')) as { readonly findings: object }
  expect(Object.keys(findings)).toHaveLength(200)
})
