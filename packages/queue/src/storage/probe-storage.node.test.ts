import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { expect, test } from 'vitest'
import { freePort } from '../testing/index.ts'
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
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-probe-'))
  const port = await freePort()
  const server = new S3rver({
    port,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'bucket', configs: [] }],
  })
  await server.run()
  const before = { ...process.env }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  })
  try {
    const storage = await openStorage('s3://bucket/photos', false)
    await expect(probeStorage(storage)).rejects.toMatchObject({
      code: 'storage-unsafe',
      message: expect.stringContaining('rows would be lost in silence') as string,
      details: { given: expect.stringContaining('50 of 50') as string },
    })
    storage.close()
    process.env.AWS_ACCESS_KEY_ID = 'nobody'
    const denied = await openStorage('s3://bucket/photos', false)
    await expect(probeStorage(denied)).rejects.toMatchObject({
      code: 'file-unwritable',
      message: expect.stringContaining('permission is denied') as string,
    })
    denied.close()
  } finally {
    process.env = before
    await server.close()
    await rm(folder, { recursive: true })
  }
})

test('refuses addresses that are none of S3', async () => {
  await expect(openStorage('gs://bucket/photos', false)).rejects.toMatchObject({
    code: 'invalid-option',
    details: { given: 'gs://bucket/photos' },
  })
})
