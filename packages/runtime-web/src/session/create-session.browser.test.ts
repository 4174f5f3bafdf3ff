import { tensor, type Session } from '@dinokit/core'
import { DOUBLE, triple } from '@dinokit/testing'
import { describe, expect, test } from 'vitest'
import { server } from 'vitest/browser'
import { createSession, createSessionFactory } from './create-session.ts'

// Chromium emulates WebGPU here; other browsers have it on a graphics processor alone.
const EMULATES = server.browser === 'chromium'
const DEVICES = EMULATES ? (['webgpu', 'wasm'] as const) : (['wasm'] as const)

const double = async (session: Session): Promise<number[]> => [
  ...((await session.run({ x: tensor('float32', Float32Array.of(1, 2), [2]) })).y!.data as Float32Array),
]

describe.each([{ worker: true }, { worker: false }])('sessions, %o', ({ worker }) => {
  test('leave the others when one is disposed of, on WebGPU and on wasm', async () => {
    for (const device of DEVICES) {
      const [a, b] = [await createSession(DOUBLE, { device, worker }), await createSession(DOUBLE, { device, worker })]
      expect([await double(a), await double(b)]).toEqual([
        [2, 4],
        [2, 4],
      ])
      await a.dispose()
      await a.dispose()
      await expect(double(a)).rejects.toMatchObject({ code: 'disposed' })
      expect(await double(b)).toEqual([2, 4])
      await b.dispose()
    }
  })

  test.runIf(EMULATES)('say what they run on, and why not on something better', async () => {
    await using chosen = await createSession(DOUBLE, { worker })
    expect(chosen.engine).toMatchObject({ device: 'wasm', fallback: expect.stringContaining('software') as string })
    expect(chosen.engine.name).toMatch(/^onnxruntime-web \d/)
    await using forced = await createSession(DOUBLE, { worker, device: 'webgpu' })
    expect(forced.engine).toEqual({ name: chosen.engine.name, device: 'webgpu', adapter: expect.stringMatching(/swiftshader/i) as string })
  })

  test('reject bad models and bad inputs, and end when they are canceled', async () => {
    await expect(createSession({ graph: new Uint8Array([1, 2, 3]) }, { worker })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(createSession(DOUBLE, { worker }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await using session = await createSession(DOUBLE, { worker })
    await expect(session.run({})).rejects.toMatchObject({ code: 'session-failed' })
    await expect(session.run({ x: tensor('int32', Int32Array.of(1), [1]) })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(session.run({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    expect(await double(session)).toEqual([2, 4])
  })
})

test('gives sessions threads, as this page is isolated', async () => {
  expect(crossOriginIsolated).toBe(true)
  await using session = await createSession(DOUBLE, { device: 'wasm' })
  expect(session.engine).toMatchObject({ device: 'wasm', threads: Math.min(8, navigator.hardwareConcurrency) })
  expect(session.engine.fallback).toBeUndefined()
})

describe.each([{ worker: true }, { worker: false }])('sessions that share an engine, %o', ({ worker }) => {
  test.each(DEVICES)('leave the others when one is disposed of, refused or canceled: %s', async (device) => {
    const { create, warmUp } = createSessionFactory({ device, worker })
    warmUp()
    const [a, b] = [await create(DOUBLE), await create(DOUBLE)]
    await a.dispose()
    await expect(double(a)).rejects.toMatchObject({ code: 'disposed' })
    expect(await double(b)).toEqual([2, 4])
    await expect(create({ graph: new Uint8Array([1, 2, 3]) })).rejects.toMatchObject({ code: 'session-failed' })
    const controller = new AbortController()
    const making = create(DOUBLE, { signal: controller.signal })
    if (worker) {
      controller.abort()
      await expect(making).rejects.toMatchObject({ code: 'aborted' })
    } else await (await making).dispose()
    expect(await double(b)).toEqual([2, 4])
    await b.dispose()
    await using again = await create(DOUBLE)
    expect(await double(again)).toEqual([2, 4])
  })
})

test('shares runs that overlap among replicas, made once runs have waited, and gives the same', async () => {
  for (const [replicas, wanted] of [
    [undefined, 3],
    [1, 1],
  ]) {
    let reads = 0
    await using session = await createSession(
      triple(() => reads++),
      { device: 'wasm', threads: 2, ...(replicas !== undefined && { replicas }) },
    )
    const run = async (value: number): Promise<number> =>
      ((await session.run({ x: tensor('float32', Float32Array.of(value), [1]) })).y!.data as Float32Array)[0]!
    for (let i = 0; i < 10; i++) expect(await run(i)).toBe(3 * i)
    expect(reads).toBe(1)
    for (let round = 0; round < 3; round++) {
      expect(await Promise.all(Array.from({ length: 20 }, (_, i) => run(i)))).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i))
      await expect.poll(() => reads, { timeout: 60_000 }).toBe(wanted)
    }
  }
})

test('ends the worker when it is canceled while a session is being made', async () => {
  const controller = new AbortController()
  const making = createSession(DOUBLE, {}, { signal: controller.signal })
  controller.abort()
  await expect(making).rejects.toMatchObject({ code: 'aborted' })
})

test('takes wasm files from elsewhere on the origin, and says where they are not', async () => {
  const wasmFolder = '/nowhere/'
  await expect(createSession(DOUBLE, { device: 'wasm', wasmFolder })).rejects.toMatchObject({ code: 'session-failed' })
})

test.runIf(EMULATES)('refuses WebNN where the browser has none, by name', async () => {
  await expect(createSession(DOUBLE, { device: 'webnn' })).rejects.toMatchObject({
    code: 'device-unavailable',
    details: { given: 'This browser has no WebNN.' },
  })
})

test('rejects more weights than there is memory for', async () => {
  const weights = {
    location: 'weights.bin',
    byteLength: 2 ** 45,
    async *chunks() {
      yield new Uint8Array(1)
    },
  }
  await expect(createSession({ ...DOUBLE, weights })).rejects.toMatchObject({ code: 'out-of-memory' })
})
