import { DinokitError, preprocess, stackBytes, type OnnxModel, type Pixels } from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { classTokenExamples } from './class-token-examples.ts'
import { createClassTokenSession } from './class-token-session.ts'
import { createTeacherSession } from '../distillation/teacher-session.ts'
import { studentFromBackbone } from '../distillation/student.ts'
import { IMAGES } from '../testing/images.ts'
import { randomBackbone } from '../testing/random-backbone.ts'
import { smallCard } from '../testing/small-card.ts'

/** Images are their numbers; there is none beyond the last. */
const runtime = {
  createSession: (model: OnnxModel) => createSession(model),
  decodeImage: (index: number): Promise<Pixels> =>
    IMAGES[index] ? Promise.resolve(IMAGES[index]) : Promise.reject(new DinokitError('image-unreadable', 'gone')),
}

const CARD = smallCard(56, {})
/** More than one run of the session takes, with one that can't be read. */
const LABELED = Array.from({ length: 20 }, (_, index) => ({ source: index === 3 ? 99 : index % 6, label: index % 2 ? 'odd' : 'even' }))

test('class tokens are those of inference, in order, without what can’t be read', async () => {
  const backbone = await randomBackbone(CARD, 3)
  const network = await studentFromBackbone(backbone)
  await using session = await createClassTokenSession(runtime, CARD)
  const examples = await classTokenExamples(runtime, { ...network, session }, LABELED, { classes: ['odd', 'even'] })
  const readable = LABELED.filter(({ source }) => source !== 99)
  expect(examples.classes).toEqual(['odd', 'even'])
  expect(Array.from(examples.labels)).toEqual(readable.map(({ label }) => (label === 'odd' ? 0 : 1)))

  await using teacher = await createTeacherSession(runtime, backbone)
  const centers = readable.map(({ source }) => preprocess(IMAGES[source]!, { preprocessing: CARD.preprocessing, patch: 14 }).pixels)
  const { data, shape } = await teacher.tokens(stackBytes(centers))
  const [, tokens, dim] = shape as [number, number, number]
  const expected = readable.flatMap((_, index) => Array.from(data.subarray(index * tokens * dim, index * tokens * dim + dim)))
  expect(examples.cls).toHaveLength(expected.length)
  expect(largestDifference(examples.cls, Float32Array.from(expected))).toBeLessThanOrEqual(1e-4)
  await backbone.close()
})

test('ends when it is canceled while it looks at labeled images', async () => {
  const backbone = await randomBackbone(CARD, 3)
  const network = await studentFromBackbone(backbone)
  await using session = await createClassTokenSession(runtime, CARD)
  const leaving = new AbortController()
  let decoded = 0
  const counting = { decodeImage: (source: number) => (decoded++, leaving.abort(), runtime.decodeImage(source)) }
  const looked = classTokenExamples(counting, { ...network, session }, LABELED, { classes: ['odd', 'even'], signal: leaving.signal })
  await expect(looked).rejects.toMatchObject({ code: 'aborted' })
  expect(decoded).toBeLessThan(LABELED.length)
  await backbone.close()
})

test('rejects a label that is not a class', async () => {
  const backbone = await randomBackbone(CARD, 3)
  const network = await studentFromBackbone(backbone)
  await using session = await createClassTokenSession(runtime, CARD)
  await expect(classTokenExamples(runtime, { ...network, session }, LABELED, { classes: ['even'] })).rejects.toThrow(
    expect.objectContaining({ code: 'label-invalid', message: expect.stringContaining('no class odd') }),
  )
  await backbone.close()
})
