import { tensor, type OnnxModel, type Session } from '@dinokit/core'
import { triple } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { createSession } from './engine/create-session.ts'

/** A model, and how often its weights were read. */
function counted(): { readonly model: OnnxModel; reads(): number } {
  let reads = 0
  return { model: triple(() => reads++), reads: () => reads }
}

const many = (session: Session, count: number): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const { y } = await session.run({ x: tensor('float32', Float32Array.of(i), [1]) })
      return (y!.data as Float32Array)[0]!
    }),
  )
const triples = Array.from({ length: 20 }, (_, i) => 3 * i)

test('shares runs that overlap among replicas, made once runs have waited, and gives the same', async () => {
  const { model, reads } = counted()
  await using session = await createSession(model)
  expect(reads()).toBe(1)
  for (let i = 0; i < 20; i++) await session.run({ x: tensor('float32', Float32Array.of(i), [1]) })
  expect(reads()).toBe(1)
  expect(await many(session, 20)).toEqual(triples)
  await expect.poll(reads).toBe(3)
  expect(await many(session, 20)).toEqual(triples)
  expect(reads()).toBe(3)
})

test('makes no replica for one thread or one replica, and waits for one in the making on disposal', async () => {
  const single = counted()
  await using session = await createSession(single.model, { replicas: 1 })
  expect(await many(session, 20)).toEqual(triples)
  expect(single.reads()).toBe(1)

  const narrow = counted()
  await using alone = await createSession(narrow.model, { threads: 1 })
  expect(await many(alone, 20)).toEqual(triples)
  expect(narrow.reads()).toBe(1)

  const early = counted()
  const short = await createSession(early.model, { threads: 2 })
  const running = many(short, 20)
  await short.dispose()
  expect(await running).toEqual(triples)
  await expect(short.run({})).rejects.toMatchObject({ code: 'disposed' })
})

test('keeps the session as it is where a replica can’t be made', async () => {
  let made = 0
  const once: OnnxModel = triple(() => {
    if (made++ > 0) throw new Error('the file is closed')
  })
  await using session = await createSession(once, { threads: 2 })
  expect(await many(session, 20)).toEqual(triples)
  await expect.poll(() => made).toBe(2)
  expect(await many(session, 20)).toEqual(triples)
  expect(made).toBe(2)
})
