import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startLaxBucket } from '../testing/index.ts'
import { openStorage } from './open-storage.ts'
import { probeStorage } from './probe-storage.ts'

test('takes a folder, and leaves nothing in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-probe-'))
  const storage = await openStorage(folder, false)
  await probeStorage(storage)
  expect(await storage.list('')).toEqual([])
  await rm(folder, { recursive: true })
})

test('refuses a bucket whose server ignores If-None-Match, in one sentence', async () => {
  const bucket = await startLaxBucket()
  try {
    const storage = await openStorage(bucket.address, false)
    await expect(probeStorage(storage)).rejects.toMatchObject({
      code: 'storage-unsafe',
      message: expect.stringContaining('rows would be lost in silence') as string,
      details: { given: expect.stringContaining('50 of 50') as string },
    })
    storage.close()
    process.env.AWS_ACCESS_KEY_ID = 'nobody'
    const denied = await openStorage(bucket.address, false)
    await expect(probeStorage(denied)).rejects.toMatchObject({
      code: 'file-unwritable',
      message: expect.stringContaining('permission is denied') as string,
    })
    denied.close()
  } finally {
    await bucket.close()
  }
})

test('refuses addresses that are none of S3', async () => {
  await expect(openStorage('gs://bucket/photos', false)).rejects.toMatchObject({
    code: 'invalid-option',
    details: { given: 'gs://bucket/photos' },
  })
})
