import { tensor, type SessionProbe } from '@dinokit/core'
import type { EngineSession } from '@dinokit/runtime-kit'
import { triple } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { createSession } from '../engine/create-session.ts'
import { engineHost, type EngineHost } from '../engine/engine-host.ts'
import { ENGINE_DEFAULTS } from '../engine/engine-options.ts'
import { openInProcess } from '../engine/open-in-process.ts'
import { deviceErrors } from './device-errors.ts'
import { openOnBest, type Machine } from './open-on-best.ts'
import type { DeviceSession } from './open-on-device.ts'

/** Milliseconds that the device may take, once it hangs. */
const PATIENCE_MS = 100
const IMAGES = Array.from({ length: 5 }, (_, i) => i)

const answer = async ({ run }: EngineSession, value: number): Promise<number> =>
  Number((await run({ x: tensor('float32', Float32Array.of(value), [1]) })).y!.data[0])

/** A device's process as GPUs have it, with the engine's processor in it: a machine without a GPU can stop that too. */
const startProcess = (): EngineHost => engineHost({ name: 'webgpu', timeoutMs: 60_000 })

async function openIn(host: EngineHost): Promise<DeviceSession> {
  const client = await openInProcess(triple(), {}, undefined, { host, errors: deviceErrors('webgpu', host.words), takesTurns: true })
  return { ...client, engine: { name: 'test', device: 'webgpu' }, wait: host.wait }
}

/** Stops a process where it is, as a driver that hangs does. */
function hang(host: EngineHost): void {
  process.kill(host.pid!, 'SIGSTOP')
  host.wait(PATIENCE_MS)
}

// Windows has no signal that stops a process.
test.skipIf(process.platform === 'win32')(
  'gives up a device that hangs: every run under way fails once by device-lost, and so do later ones',
  async () => {
    const host = startProcess()
    const session = await openIn(host)
    expect(await answer(session, 2)).toBe(6)
    hang(host)
    const settled = await Promise.allSettled(IMAGES.map((value) => answer(session, value)))
    const lost = expect.objectContaining({
      code: 'device-lost',
      details: expect.objectContaining({ given: expect.stringContaining('engine.deviceTimeoutMs') as string }) as object,
    }) as Error
    expect(settled).toEqual(IMAGES.map(() => ({ status: 'rejected', reason: lost })))
    await expect(answer(session, 2)).rejects.toEqual(lost)
    await session.release()

    const next = startProcess()
    expect(next.pid).not.toBe(host.pid)
    hang(next)
    await expect(openIn(next)).rejects.toMatchObject({
      code: 'device-unavailable',
      details: { given: expect.stringContaining('it did not answer in time') as string },
    })
  },
)

test.skipIf(process.platform === 'win32')('runs again on the processor what a hung device had under way, where auto chose it', async () => {
  let host: EngineHost | undefined
  const machine: Machine = {
    candidates: () => ({ devices: ['webgpu'], gpus: { names: ['a GPU'], driver: '1' } }),
    engine: () => 'hung-device.node.test.ts',
    open: () => openIn((host = startProcess())),
    probe: () => Promise.resolve({ cosine: 1, deviceMs: 1, processorMs: 2 }),
  }
  const probe: SessionProbe = { model: 'a1', precision: 'float32', shape: [1, 1, 1, 3], feeds: () => ({}) }
  const engine = { ...ENGINE_DEFAULTS, host: 'thread', replicas: 1 } as const
  const session = await openOnBest(triple(), engine, { probe }, { found: {}, machine })
  expect(session.engine.device).toBe('webgpu')
  hang(host!)
  expect(await Promise.all(IMAGES.map((value) => answer(session, value)))).toEqual(IMAGES.map((value) => 3 * value))
  expect(session.engine).toMatchObject({ device: 'cpu', fallback: expect.stringContaining('device was lost') as string })
  await session.release()
})

test.each([0, -1, NaN, '5'])('refuses %j as the time that a device may take', async (deviceTimeoutMs) => {
  await expect(createSession(triple(), { deviceTimeoutMs: deviceTimeoutMs as number })).rejects.toMatchObject({ code: 'invalid-option' })
})
