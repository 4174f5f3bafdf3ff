import { tensor, type OnnxModel, type Session } from '@dinokit/core'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { expect, test } from 'vitest'
import { createSession } from './create-session.ts'

/** x times a weight, and how often the weights were read. */
function counted(): { readonly model: OnnxModel; reads(): number } {
  const g = createGraphBuilder('times')
  const x = g.input('x', 'float32', ['n'])
  let reads = 0
  const read = (): Uint8Array => {
    reads++
    return new Uint8Array(Float32Array.of(3).buffer)
  }
  g.output('y', g.apply('Mul', [x, g.weight('w', { dtype: 'float32', shape: [1], read })]), 'float32', ['n'])
  return { model: encodeModel(g.build()), reads: () => reads }
}

const many = (session: Session, count: number): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { y } = await session.run({ x: tensor('float32', Float32Array.of(i), [1]) })
      return (y!.data as Float32Array)[0]!
    }),
  )
const triples = Array.from({ length: 20 }, (_, i) => 3 * i)

test('runs that overlap are shared among replicas, made once runs have waited, and give the same', async () => {
  const { model, reads } = counted()
  await using session = await createSession(model)
  expect(reads()).toBe(1)
  for (let i = 0; i < 20; i++) await session.run({ x: tensor('float32', Float32Array.of(i), [1]) })
  expect(reads()).toBe(1)
  expect(await many(session, 20)).toEqual(triples)
  await expect.poll(reads).toBe(2)
  expect(await many(session, 20)).toEqual(triples)
  expect(reads()).toBe(2)
})

test('with one replica there is never another; disposal waits for one that is being made', async () => {
  const single = counted()
  await using session = await createSession(single.model, { replicas: 1 })
  expect(await many(session, 20)).toEqual(triples)
  expect(single.reads()).toBe(1)

  const early = counted()
  const short = await createSession(early.model)
  const running = many(short, 20)
  await short.dispose()
  expect(await running).toEqual(triples)
  await expect(short.run({})).rejects.toMatchObject({ code: 'disposed' })
})

test('a replica that can’t be made leaves the session as it is', async () => {
  const { model } = counted()
  let made = 0
  const once: OnnxModel = {
    ...model,
    weights: {
      ...model.weights!,
      chunks: () => {
        if (made++ > 0) throw new Error('the file is closed')
        return model.weights!.chunks()
      },
    },
  }
  await using session = await createSession(once)
  expect(await many(session, 20)).toEqual(triples)
  await expect.poll(() => made).toBe(2)
  expect(await many(session, 20)).toEqual(triples)
  expect(made).toBe(2)
})
