import { tensor, type Session } from '@dinokit/core'
import { DOUBLE, FOLDED, POSITIVE, triple } from '@dinokit/testing'
import { keepEngine } from '@dinokit/testing/keep-engine'
import { describe, expect, test } from 'vitest'
import { createSessionFactory } from '../session/create-session.ts'

const LENGTH = 64
const ramp = (from: number, length = LENGTH): Float32Array => Float32Array.from({ length }, (_, i) => from + i)
const times = (factor: number, values: Float32Array): Float32Array => values.map((value) => factor * value)
const run = async (session: Session, x: Float32Array): Promise<Float32Array> =>
  (await session.run({ x: tensor('float32', x, [x.length]) })).y!.data as Float32Array

// What proves that an input is taken from the device: the caller’s memory is overwritten, and the answer is that of the
// values before. Where it is that of the overwritten ones, it was taken from memory.
const fromDevice = async (session: Session, part: Float32Array): Promise<Float32Array> => {
  part.fill(0)
  return run(session, part)
}

describe.each([{ worker: true }, { worker: false }])('outputs fed to another session, on WebGPU, %o', ({ worker }) => {
  const { create } = createSessionFactory({ device: 'webgpu', worker })
  keepEngine(create)

  /** y = 2x and y = 3x, the former’s output fed to the latter once. */
  async function pair(): Promise<{ a: Session; b: Session; [Symbol.asyncDispose](): Promise<void> }> {
    const [a, b] = [await create(DOUBLE), await create(triple())]
    expect(await run(b, await run(a, ramp(1)))).toEqual(times(6, ramp(1)))
    return {
      a,
      b,
      async [Symbol.asyncDispose]() {
        await Promise.all([a.dispose(), b.dispose()])
      },
    }
  }

  test('are taken from the device, whole and in part', async () => {
    await using both = await pair()
    const { a, b } = both
    for (const [from, to] of [
      [0, LENGTH],
      [0, 21],
      [5, LENGTH],
      [13, 40],
    ] as const) {
      const y = await run(a, ramp(from))
      expect(y).toEqual(times(2, ramp(from)))
      expect(await fromDevice(b, y.subarray(from, to))).toEqual(times(6, ramp(from).subarray(from, to)))
      // Again, and from the session itself.
      expect(await fromDevice(b, y.subarray(from, to))).toEqual(times(6, ramp(from).subarray(from, to)))
      expect(await fromDevice(a, y)).toEqual(times(4, ramp(from)))
    }
  })
  test('are taken from memory once the session that gave them was asked to run again, or was disposed of', async () => {
    await using both = await pair()
    const { a, b } = both
    const y = await run(a, ramp(1))
    y.fill(1)
    const [again, answer] = await Promise.all([run(a, ramp(2)), run(b, y)])
    expect(answer).toEqual(new Float32Array(LENGTH).fill(3))
    again.fill(1)
    await a.dispose()
    expect(await run(b, again)).toEqual(new Float32Array(LENGTH).fill(3))
  })

  test('are taken from the device at any length, and copies from memory', async () => {
    await using both = await pair()
    const { a, b } = both
    for (const length of [1, 3, 100, 5000]) {
      expect(await fromDevice(b, await run(a, ramp(1, length)))).toEqual(times(6, ramp(1, length)))
      expect(await fromDevice(b, (await run(a, ramp(1, length))).slice())).toEqual(new Float32Array(length))
    }
  })

  test('are taken from memory where the graph does not say their shapes, or says them wrongly', async () => {
    await using positive = await create(POSITIVE)
    await using folded = await create(FOLDED)
    await using b = await create(triple())
    for (const [from, sides] of [
      [-3, [4, 16]],
      [-3, [4, 16]],
      [-5, [16, 4]],
      [-5, [2, 32]],
    ] as const) {
      const y = await run(positive, ramp(from))
      expect(y).toEqual(ramp(1, LENGTH - 1 + from))
      expect(await fromDevice(b, y)).toEqual(new Float32Array(y.length))
      const feeds = { x: tensor('float32', ramp(1), [LENGTH]), sides: tensor('int64', BigInt64Array.from(sides, BigInt), [2]) }
      const given = (await folded.run(feeds)).y!
      expect(given).toEqual(tensor('float32', ramp(1), sides))
      expect(await fromDevice(b, given.data as Float32Array)).toEqual(new Float32Array(LENGTH))
    }
  })

  test('leaves the session as it was where a run is refused', async () => {
    await using both = await pair()
    const { a, b } = both
    const y = await run(a, ramp(1))
    await expect(b.run({ x: tensor('int32', Int32Array.from(y), [LENGTH]) })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(b.run({ x: tensor('float32', y, [2, LENGTH / 2]) })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(a.run({ x: tensor('float32', ramp(0), [2, LENGTH / 2]) })).rejects.toMatchObject({ code: 'session-failed' })
    expect(await run(a, ramp(2))).toEqual(times(2, ramp(2)))
    expect(await run(b, y)).toEqual(times(6, ramp(1)))
  })

  test('gives each of several runs that overlap its own outputs', async () => {
    await using both = await pair()
    const { a, b } = both
    const chain = async (from: number): Promise<Float32Array> => run(b, await run(a, ramp(from)))
    const starts = Array.from({ length: 12 }, (_, i) => i)
    expect(await Promise.all(starts.map(chain))).toEqual(starts.map((from) => times(6, ramp(from))))
  })
})

test('feeds a session of WebAssembly on the same thread from memory', async () => {
  await using a = await createSessionFactory({ device: 'webgpu', worker: false }).create(DOUBLE)
  await using b = await createSessionFactory({ device: 'wasm', worker: false }).create(triple())
  for (const from of [1, 2, 3]) expect(await run(b, await run(a, ramp(from)))).toEqual(times(6, ramp(from)))
})

test('takes no more of the device’s memory for many runs than for a few', async () => {
  const { create } = createSessionFactory({ device: 'webgpu', worker: false })
  await using a = await create(DOUBLE)
  await using b = await create(triple())
  const device = await (await import('onnxruntime-web/webgpu')).env.webgpu.device
  let [live, made] = [0, 0]
  const createBuffer = device.createBuffer.bind(device)
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor)
    const destroy = buffer.destroy.bind(buffer)
    live += buffer.size
    made++
    buffer.destroy = () => {
      live -= buffer.size
      buffer.destroy = destroy
      return destroy()
    }
    return buffer
  }
  try {
    const chains = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) expect(await run(b, (await run(a, ramp(i))).subarray(3))).toEqual(times(6, ramp(i).subarray(3)))
      return live
    }
    const few = await chains(5)
    expect(made).toBeGreaterThan(5)
    expect(await chains(50)).toBe(few)
  } finally {
    device.createBuffer = createBuffer
  }
})
