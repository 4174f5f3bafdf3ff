import { tensor } from '@dinokit/core'
import { DOUBLE } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { importOrt } from '../engine/import-ort.ts'
import { createSession } from './create-session.ts'

const feeds = { x: tensor('float32', Float32Array.of(1, 2), [2]) }

// Slow for the sake of others: what is on this page's own thread has no device any more afterwards.
test('fails runs by their name when the device is lost', async () => {
  const session = await createSession(DOUBLE, { device: 'webgpu', worker: false })
  expect((await session.run(feeds)).y!.data).toEqual(Float32Array.of(2, 4))
  const { env } = await importOrt('webgpu')
  const device = await env.webgpu.device
  device.destroy()
  await expect(session.run(feeds)).rejects.toMatchObject({ code: 'device-lost' })
  await using other = await createSession(DOUBLE, { device: 'wasm', worker: false })
  expect((await other.run(feeds)).y!.data).toEqual(Float32Array.of(2, 4))
})
