import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findAsset, statPath } from '../downloads/read-asset.ts'
import { firstDownloadOf } from '../downloads/first-download.ts'
import { ifThere } from './if-there.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

test('returns undefined for what is absent', async () => {
  for (const name of ['none', 'file/below', 'n'.repeat(5000)]) {
    await writeFile(join(folder, 'file'), '')
    const path = join(folder, name)
    expect(await ifThere(path, stat(path))).toBeUndefined()
    expect(await statPath(path)).toBeUndefined()
  }
  expect(await ifThere(join(folder, 'file'), readdir(join(folder, 'file')))).toBeUndefined()
})

test.skipIf(process.platform === 'win32')('throws for what can’t be read, which is not absent', async () => {
  const path = join(folder, 'circle')
  await symlink('circle', path)
  const error = { code: 'file-unreadable', details: { given: path } }
  await expect(ifThere(path, stat(path))).rejects.toMatchObject(error)
  await expect(statPath(path)).rejects.toMatchObject(error)
  await expect(findAsset({ kind: 'file', path })).rejects.toMatchObject(error)
})

test('fails for a damaged record of a first download, saying what to do', async () => {
  process.env.DINOKIT_CACHE = folder
  const record = firstDownloadOf('https://example.org/model.pth')
  await record.keep({ size: 1, sha256: '00' })
  expect(await record.read()).toMatchObject({ size: 1 })
  await writeFile(record.path, '{')
  await expect(record.read()).rejects.toMatchObject({
    code: 'file-unreadable',
    details: { hint: expect.stringContaining('Delete it') as string },
  })
})
