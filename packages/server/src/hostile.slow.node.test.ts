import { hasShared, sharedPath } from '@dinokit/testing'
import { open } from 'dinokit'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hostileImages } from './testing/hostile-images.ts'
import { sendBetween } from './testing/send-between.ts'
import { readCat, startServer } from './testing/start-server.ts'

test.skipIf(!hasShared)('answers 1,000 hostile files with 4xx and a code, and good ones between them', { timeout: 600_000 }, async () => {
  await using vision = await open({ pixelLimit: 50_000_000 })
  await using server = await startServer({ vision })
  const odd: Uint8Array<ArrayBuffer>[] = []
  for (const entry of await readdir(sharedPath('data/odd'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) odd.push(new Uint8Array(await readFile(join(entry.parentPath, entry.name))))
  const files = [...odd, ...hostileImages(odd, 1000 - odd.length, 20)]
  const { decoded, refused } = await sendBetween(server, files, await readCat())
  expect(odd.length).toBeGreaterThan(200)
  expect(refused).toBeGreaterThan(400)
  expect(refused + decoded).toBe(1000)
})
