import { DinokitError, tensor, type SessionProbe } from '@dinokit/core'
import { probeDevice, type EngineSession } from '@dinokit/runtime-kit'
import { triple } from '@dinokit/testing'
import { afterEach, expect, test } from 'vitest'
import { createSession } from './create-session.ts'
import { settleDevice, type WebTrial } from './settle-device.ts'

const PROBE: SessionProbe = {
  model: 'a1',
  precision: 'float32',
  shape: [1, 2, 2, 3],
  feeds: ({ data }) => ({ x: tensor('float32', Float32Array.from(data), [data.length]) }),
}

/** A session that multiplies by a number; on this page's own thread, which has the engine loaded from the first on. */
async function opened(device: 'webgpu' | 'wasm', factor: number): Promise<EngineSession> {
  const { graph, weights } = triple()
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(Float32Array.of(factor).buffer)
  }
  const session = await createSession({ graph, weights: { ...weights, chunks } }, { device, worker: false })
  const { engine, inputs, outputs } = session
  return { engine, inputs, outputs, run: (feeds) => session.run(feeds), release: () => session.dispose() }
}

/** Lets `auto` decide about WebGPU, emulated here, with a told time; the device, the reason, the answer to 2, and sessions on WebAssembly. */
async function settled(factor: number, deviceMs: number, trial: Partial<WebTrial> = {}): Promise<unknown> {
  let onWasm = 0
  const session = await settleDevice(await opened('webgpu', factor), {
    probe: PROBE,
    compare: async (...given) => ({ ...(await probeDevice(...given)), deviceMs, processorMs: 2 }),
    ...trial,
    onWasm: () => {
      onWasm++
      return trial.onWasm ? trial.onWasm() : opened('wasm', 3)
    },
  })
  const { device, fallback } = session.engine
  const { y } = await session.run({ x: tensor('float32', Float32Array.of(2), [1]) })
  await session.release()
  return { device, fallback, answer: y!.data[0], onWasm }
}

afterEach(() => caches.delete('dinokit-devices'))

test('keeps WebGPU where it gives WebAssembly’s tokens and is faster, and does not compare again', async () => {
  const taken = { device: 'webgpu', fallback: undefined, answer: 6 }
  expect(await settled(3, 1)).toEqual({ ...taken, onWasm: 1 })
  expect(await settled(3, 9)).toEqual({ ...taken, onWasm: 0 })
  expect(await settled(3, 9, { probe: { ...PROBE, model: 'b2' } })).toMatchObject({ device: 'wasm' })
})

test.each([
  ['computes other tokens', -3, 1, /other tokens than the processor/],
  ['computes what is no number', NaN, 1, /not numbers/],
  ['is no faster', 3, 2, /no faster/],
])('goes to WebAssembly where WebGPU %s, says why, and does not try again', async (_, factor, deviceMs, reason) => {
  const refused = { device: 'wasm', fallback: expect.stringMatching(reason) as string, answer: 6, onWasm: 1 }
  expect(await settled(factor, deviceMs)).toEqual(refused)
  const compare = (): never => expect.unreachable()
  expect(await settled(factor, deviceMs, { compare })).toEqual(refused)
})

test('keeps WebGPU where there is no example, or no room for WebAssembly to compare with', async () => {
  const taken = { device: 'webgpu', fallback: undefined, answer: 6 }
  const full = (): Promise<never> => Promise.reject(new DinokitError('out-of-memory', 'full'))
  expect(await settled(3, 9, { onWasm: full })).toEqual({ ...taken, onWasm: 1 })
  const first = await settleDevice(await opened('webgpu', 3), { onWasm: full })
  expect(first.engine.device).toBe('webgpu')
  await first.release()
})
