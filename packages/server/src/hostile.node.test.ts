import { open } from 'dinokit'
import { expect, test } from 'vitest'
import { hostileImages } from './testing/hostile-images.ts'
import { sendBetween } from './testing/send-between.ts'
import { readCat, startServer } from './testing/start-server.ts'

test('answers hostile files with 4xx and a code, and good ones between them', async () => {
  await using vision = await open({ pixelLimit: 50_000_000 })
  await using server = await startServer({ vision })
  const cat = await readCat()
  const { decoded, refused } = await sendBetween(server, hostileImages([cat], 40, 7), cat)
  expect(refused).toBeGreaterThan(15)
  expect(refused + decoded).toBe(40)
})
