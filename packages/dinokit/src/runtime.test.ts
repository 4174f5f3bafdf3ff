import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { byteSourceOfBlob, createRuntime, tensor, type Session } from 'dinokit'
import { describe, expect, test } from 'vitest'

// What the contract asks of a runtime, of whichever platform this is.
const runtime = createRuntime()

/** x [n][2] times a weight of its own, and the bytes of a uint8 input, as they are. */
function model(): Parameters<typeof runtime.createSession>[0] {
  const g = createGraphBuilder('suite')
  const x = g.input('x', 'float32', ['n', 2])
  const weight = Float32Array.of(3, 5)
  const w = g.weight('w', { dtype: 'float32', shape: [2], read: () => new Uint8Array(weight.buffer) })
  g.output('product', g.apply('Mul', [x, w]), 'float32', ['n', 2])
  g.output('sum', g.apply('Add', [x, x]), 'float32', ['n', 2])
  return encodeModel(g.build())
}

const product = async (session: Session, ...values: number[]): Promise<number[]> => {
  const { product } = await session.run({ x: tensor('float32', Float32Array.from(values), [values.length / 2, 2]) })
  return [...(product!.data as Float32Array)]
}

describe(`the runtime ${runtime.name}`, () => {
  test('speaks contract 1', () => {
    expect(runtime.contract).toBe(1)
    expect(runtime.name).toMatch(/^onnxruntime-/)
  })

  test('runs a graph on inputs of any size, and gives outputs that are the caller’s', async () => {
    await using session = await runtime.createSession(model())
    expect([session.contract, session.inputs, session.outputs]).toEqual([1, ['x'], ['product', 'sum']])
    expect(session.engine).toMatchObject({ name: expect.stringMatching(/^onnxruntime-(node|web) 1\./) as string })
    const feeds = { x: tensor('float32', Float32Array.of(1, 2), [1, 2]) }
    const first = await session.run(feeds)
    const second = await session.run({ x: tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) })
    expect([...(first.product!.data as Float32Array)]).toEqual([3, 10])
    expect(second.sum).toEqual({ dtype: 'float32', data: Float32Array.of(2, 4, 6, 8), shape: [2, 2] })
    expect(feeds.x.data).toEqual(Float32Array.of(1, 2))
  })

  test('keeps runs that overlap apart', async () => {
    await using session = await runtime.createSession(model())
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => product(session, i, i)))
    expect(results).toEqual(Array.from({ length: 8 }, (_, i) => [3 * i, 5 * i]))
  })

  test('disposal is safe twice, waits for runs, and says so afterwards', async () => {
    const session = await runtime.createSession(model())
    const running = product(session, 1, 1)
    await Promise.all([session.dispose(), session.dispose()])
    expect(await running).toEqual([3, 5])
    await expect(product(session, 1, 1)).rejects.toMatchObject({ code: 'disposed' })
  })

  test('sessions do not disturb one another', async () => {
    const [a, b] = [await runtime.createSession(model()), await runtime.createSession(model())]
    await a.dispose()
    expect(await product(b, 2, 2)).toEqual([6, 10])
    await b.dispose()
  })

  test('refuses what is wrong by code', async () => {
    await expect(runtime.createSession({ graph: new Uint8Array([1, 2, 3]) })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(runtime.createSession(model(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await using session = await runtime.createSession(model())
    await expect(session.run({})).rejects.toMatchObject({ code: 'session-failed' })
    await expect(session.run({ x: tensor('float32', new Float32Array(3), [1, 3]) })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(session.run({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    expect(await product(session, 1, 1)).toEqual([3, 5])
  })

  test('knows files from folders, and what is not there', async () => {
    const here = new URL('../../model-tiny/assets/', import.meta.url).href
    expect(await runtime.kindOf(`${here}model.safetensors`)).toBe('file')
    expect(await runtime.kindOf(here)).toBe('folder')
    expect(await runtime.kindOf('facebook/dinov2-small')).toBeUndefined()
    await expect(runtime.readAsset({ kind: 'file', path: `${here}no.safetensors` })).rejects.toMatchObject({
      name: 'DinokitError',
    })
    await expect(runtime.readAsset({ kind: 'file', path: here }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})

test('a Blob is read at any offset, and refuses ranges outside it', async () => {
  const source = byteSourceOfBlob('a blob', new Blob([Uint8Array.of(1, 2, 3, 4)]))
  expect(source.size).toBe(4)
  expect(await source.read(1, 2)).toEqual(Uint8Array.of(2, 3))
  await expect(source.read(3, 2)).rejects.toMatchObject({ code: 'file-unreadable' })
})
