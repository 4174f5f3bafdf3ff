import { tensor, type SessionProbe } from '@dinokit/core'
import { probeDevice, type EngineSession } from '@dinokit/runtime-kit'
import { triple } from '@dinokit/testing'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ENGINE_DEFAULTS, type EngineDefaults, type EngineOptions } from '../engine/engine-options.ts'
import { openOnBest, type FoundDevice, type Machine } from './open-on-best.ts'
import { openOnCpu } from './open-on-cpu.ts'
import { openOnDevice } from './open-on-device.ts'

const ENGINE: EngineDefaults & EngineOptions = { ...ENGINE_DEFAULTS, host: 'thread', replicas: 1 }

const PROBE: SessionProbe = {
  model: 'a1',
  precision: 'float32',
  shape: [1, 2, 2, 3],
  feeds: ({ data }) => ({ x: tensor('float32', Float32Array.from(data), [data.length]) }),
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-best-'))
  vi.stubEnv('DINOKIT_CACHE', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** A machine whose GPU is the engine on the processor: it multiplies by a number of its own, and takes a told time. */
function machineOf({ factor = 3, deviceMs = 1, software = '', engine = '1.30.0' } = {}): Machine & { readonly opened: () => number } {
  let opened = 0
  return {
    opened: () => opened,
    candidates: () => ({ devices: ['webgpu'], gpus: { names: ['a GPU'], driver: '1' } }),
    engine: () => engine,
    async open() {
      opened++
      const weights = { ...triple().weights, chunks: () => bytesOf(factor) }
      const session = await openOnCpu({ ...triple(), weights }, ENGINE, undefined)
      return { ...session, engine: { name: 'test', device: 'webgpu' }, wait: () => {}, ...(software && { software }) }
    },
    probe: async (...given) => ({ ...(await probeDevice(...given)), deviceMs, processorMs: 2 }),
  }
}

async function* bytesOf(factor: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(Float32Array.of(factor).buffer)
}

/** Opens on the best device of a machine; the device, the reason of a fallback, and the answer to 2. */
async function chosen(machine: Machine, found: FoundDevice = {}): Promise<{ device: string; fallback?: string; answer: number }> {
  const session = await openOnBest(triple(), ENGINE, { probe: PROBE }, { found, machine })
  const { device, fallback } = session.engine
  const answer = await answerOf(session)
  await session.release()
  return { device, ...(fallback !== undefined && { fallback }), answer }
}

async function answerOf(session: EngineSession): Promise<number> {
  const { y } = await session.run({ x: tensor('float32', Float32Array.of(2), [1]) })
  return Number(y!.data[0])
}

test('takes a GPU whose tokens agree and that is faster, and keeps that for the next time', async () => {
  const found: FoundDevice = {}
  expect(await chosen(machineOf(), found)).toEqual({ device: 'webgpu', answer: 6 })
  expect(found).toEqual({ device: 'webgpu' })
  expect(existsSync(join(folder, 'devices.json'))).toBe(true)
  const slow = machineOf({ deviceMs: 9 })
  expect(await chosen(slow)).toEqual({ device: 'webgpu', answer: 6 })
  expect(slow.opened()).toBe(1)
  // Another version of the engine is tried anew.
  expect(await chosen(machineOf({ deviceMs: 9, engine: '1.31.0' }))).toMatchObject({ device: 'cpu' })
})

test.each([
  ['computes other tokens', { factor: -3 }, /other tokens than the processor: a cosine of -1.00000/],
  ['computes what is no number', { factor: NaN }, /values that are not numbers/],
  ['is no faster', { deviceMs: 2 }, /no faster than the processor: 2.0 and 2.0 ms/],
  ['is software', { software: 'SwiftShader' }, /emulated in software here \(SwiftShader\)/],
])('refuses a GPU that %s, says why, and does not try it again', async (_, about, fallback) => {
  const machine = machineOf(about)
  const found: FoundDevice = {}
  const reason = expect.stringMatching(fallback) as string
  expect(await chosen(machine, found)).toEqual({ device: 'cpu', fallback: reason, answer: 6 })
  expect(await chosen(machine)).toEqual({ device: 'cpu', fallback: reason, answer: 6 })
  expect([machine.opened(), found]).toEqual([1, {}])
  // Once it is good, with another engine.
  expect(await chosen(machineOf({ engine: '1.31.0' }))).toEqual({ device: 'webgpu', answer: 6 })
})

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'refuses a GPU that does not open, in the words of its error',
  async () => {
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere/none.json')
    const machine: Machine = { ...machineOf(), open: openOnDevice }
    expect(await chosen(machine)).toEqual({
      device: 'cpu',
      fallback: expect.stringContaining('The device webgpu can’t be used.') as string,
      answer: 6,
    })
  },
)

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'opens what has no example on the device of the last model, and on the processor where that does not take it',
  async () => {
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere/none.json')
    for (const [found, fallback] of [
      [{}, undefined],
      [{ device: 'webgpu' }, expect.stringContaining('The device webgpu can’t be used.') as string],
    ] as const) {
      const session = await openOnBest(triple(), ENGINE, {}, { found })
      expect(session.engine).toMatchObject({ device: 'cpu' })
      expect(session.engine.fallback).toEqual(fallback)
      expect(await answerOf(session)).toBe(6)
      await session.release()
    }
  },
)
