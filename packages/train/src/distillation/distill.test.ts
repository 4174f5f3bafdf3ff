import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import {
  DinokitError,
  bytesSource,
  preprocess,
  stackBytes,
  tensor,
  type AnyTensor,
  type ModelCard,
  type OnnxModel,
  type Pixels,
  type Tensor,
} from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { createVitBackbone } from '@dinokit/vit'
import { createSession } from '#runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTrainer } from '../step/create-trainer.ts'
import { distillByDino, type DistillByDinoOptions } from './distill-by-dino.ts'
import { distill, type TeacherCache } from './distill.ts'
import { initialVit } from './initial-vit.ts'
import { initialDinoHead } from '../self-supervision/initial-dino-head.ts'
import { createTeacherSession } from './teacher-session.ts'
import { initialProjection } from './teacher-pair.ts'
import type { StepReport } from '../step/run-training.ts'
import { selfSupervisedStep } from '../self-supervision/self-supervised-step.ts'
import { studentFromBackbone, studentFromCard, studentFromLayers, withoutMaskToken } from './student.ts'
import { canceledIn } from '../testing/canceled-in.ts'
import { IMAGES } from '../testing/images.ts'
import { randomBackbone } from '../testing/random-backbone.ts'
import { linear, lossesByHand, type Rows } from '../testing/self-supervision-by-hand.ts'
import { smallCard } from '../testing/small-card.ts'

/** Images are given as pixels: nothing is to be decoded. */
const runtime = { createSession: (model: OnnxModel) => createSession(model), decodeImage: (pixels: Pixels) => Promise.resolve(pixels) }

const STUDENT = smallCard(56, {})
/** Wider, with registers, and with patches twice the size. */
const TEACHER = { ...smallCard(56, { dim: 48, heads: 3, registers: 2, patch: 28, positionGrid: [2, 2] }), id: 'teacher' }

let teacher: Awaited<ReturnType<typeof randomBackbone>>
beforeAll(async () => void (teacher = await randomBackbone(TEACHER, 3)))
afterAll(() => teacher.close())

const HEAD = { prototypes: 24, hidden: 20, bottleneck: 12 }
const DINO = { ...HEAD, globalSize: 56, localSize: 28, locals: 2, batch: 4, seed: 5 } as const

const rowsOf = ({ data, shape }: Tensor): Rows => {
  const width = shape.at(-1)!
  return Array.from({ length: data.length / width }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)))
}
const meanOf = (steps: readonly StepReport[]): number => steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length

describe('the paper’s losses with a frozen teacher', () => {
  test('give in the first step the numbers of a computation by hand in double precision', async () => {
    const pair = { student: STUDENT, teacher: { ...TEACHER, architecture: { ...TEACHER.architecture, patch: 14 } } }
    const student = await randomBackbone(STUDENT, 8)
    const { tensors } = await studentFromBackbone(student)
    const random = createRandom(11)
    const draw = (shape: readonly number[]): Tensor =>
      tensor(
        'float32',
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform(-1, 1)),
        shape,
      )
    const paint = (count: number, side: number): Tensor<'uint8'> =>
      tensor(
        'uint8',
        Uint8Array.from({ length: count * side * side * 3 }, () => random.below(256)),
        [count, side, side, 3],
      )
    const images = 3
    const [global, local] = [paint(2 * images, 56), paint(2 * images, 28)]
    // CLS, two registers, which have no part, and 16 patches.
    const seen = draw([2 * images, 3 + 16, 48])
    const widened = Object.fromEntries(Object.entries(initialDinoHead(48, 9, HEAD)).map(([name, { shape }]) => [name, draw(shape)]))
    const projection = initialProjection(pair, 4)
    const step = selfSupervisedStep({
      card: STUDENT,
      teacher: pair.teacher,
      backbone: withoutMaskToken(tensors),
      projection,
      head: widened,
      crops: { globalSize: 56, localSize: 28, locals: 2 },
    })
    await using trainer = await createTrainer(runtime, step)
    const number = (value: number): AnyTensor => tensor('float32', Float32Array.of(value), [])
    const batch = { global, local, teacher: seen, teacherTemperature: number(0.5), lastLayerRate: number(1) }
    const { loss, outputs } = await trainer.step(batch, { learningRate: 0, average: 1 })

    // What the student sees comes from inference.
    await using session = await createTeacherSession(runtime, student)
    const [large, small] = [rowsOf(await session.tokens(global)), rowsOf(await session.tokens(local))]
    const [ofLarge, ofSmall] = [1 + 16, 1 + 4]
    const projected = (rows: Rows): Rows =>
      rows.map((row) => linear(row, rowsOf(projection['projection.weight']!), rowsOf(projection['projection.bias']!)[0]))
    const expected = lossesByHand({
      tokens: large.filter((_, index) => index % ofLarge === 0),
      student: {
        cls: projected(large.filter((_, index) => index % ofLarge === 0)),
        patches: projected(large.filter((_, index) => index % ofLarge > 0)),
        local: projected(small.filter((_, index) => index % ofSmall === 0)),
      },
      teacher: {
        cls: rowsOf(seen).filter((_, index) => index % 19 === 0),
        patches: rowsOf(seen).filter((_, index) => index % 19 > 2),
      },
      head: Object.fromEntries(Object.entries(widened).map(([name, value]) => [name, rowsOf(value)])),
      images,
      temperatures: { student: 0.1, teacher: 0.5 },
    })
    for (const [name, value] of Object.entries(expected)) expect(Math.abs(outputs[name]!.data[0]! - value), name).toBeLessThanOrEqual(1e-5)
    expect(Math.abs(loss - Object.values(expected).reduce((a, b) => a + b))).toBeLessThanOrEqual(2e-5)
    await student.close()
  })

  test('fall; the student’s moving average is kept, and follows it', async () => {
    const steps: StepReport[] = []
    const start = studentFromCard(STUDENT, 1)
    const options = { ...DINO, learningRate: 0.02, teacherTemperature: [0.07, 0.07], momentum: [0.9, 0.9] } as const
    const { student } = await distillByDino(runtime, { teacher, student: start }, IMAGES, {
      ...options,
      steps: 50,
      onStep: (report) => void steps.push(report),
    })
    expect(meanOf(steps.slice(-10))).toBeLessThan(meanOf(steps.slice(0, 10)) - 0.1)
    expect(steps.every(({ outputs }) => outputs.spread!.data[0]! > 0)).toBe(true)
    expect(student.tensors['norm.weight']!.data).not.toEqual(start.tensors['norm.weight']!.data)
    // Nothing was masked.
    expect(student.tensors.mask_token).toEqual(start.tensors.mask_token)
    expect(Object.keys(student.tensors)).toEqual(Object.keys(start.tensors))
  })

  test('go on after an interruption with the bits of a run that was not interrupted', async () => {
    const run = (options: Partial<DistillByDinoOptions<Pixels>>): Promise<unknown> =>
      distillByDino(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, { ...DINO, steps: 4, ...options }).then(
        ({ student }) => student.tensors,
      )
    const whole = await run({})
    const stop = new AbortController()
    let point: Parameters<NonNullable<DistillByDinoOptions<Pixels>['save']>>[0] | undefined
    await run({
      signal: stop.signal,
      onStep: ({ step }) => (step === 2 ? stop.abort() : undefined),
      save: (kept) => Promise.resolve(void (point = kept)),
    })
    expect(point!.state.steps).toBe(2)
    expect(await run({ from: point! })).toEqual(whole)
  })

  test('end a run before its step when it is interrupted while the teacher looks', async () => {
    const interrupted = canceledIn(1)
    const ended = await distill({ ...runtime, ...interrupted.runtime }, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, {
      size: 56,
      batch: 4,
      steps: 2,
      signal: interrupted.signal,
    })
    expect(ended).toMatchObject({ interrupted: true, steps: 0 })
    await using session = await createTeacherSession(runtime, teacher)
    const pixels = tensor('uint8', new Uint8Array(56 * 56 * 3), [1, 56, 56, 3])
    await expect(session.tokens(pixels, { signal: interrupted.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('end a run and keep its steps when it is interrupted while it is measured', async () => {
    const stop = new AbortController()
    const ended = await distillByDino(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, {
      ...DINO,
      steps: 1,
      signal: stop.signal,
      evaluate: (_, steps) => {
        if (steps > 0) stop.abort()
        return stop.signal.aborted ? Promise.reject(new DinokitError('aborted', 'The work was canceled.')) : Promise.resolve()
      },
    })
    expect(ended).toMatchObject({ interrupted: true, steps: 1 })
  })
})

describe('tokens', () => {
  test('are learned: the loss falls, by way of another width and another patch size', async () => {
    const steps: StepReport[] = []
    const recipe = { size: 56, batch: 4, steps: 40, learningRate: 5e-3 }
    await distill(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, {
      ...recipe,
      onStep: (report) => void steps.push(report),
    })
    expect(meanOf(steps.slice(-10))).toBeLessThan(0.7 * meanOf(steps.slice(0, 10)))
  })

  test('are learned from a teacher with rotary positions, by a student of its layers and by one like it', async () => {
    const rotary = (dim: number): ModelCard => smallCard(56, { dim, registers: 4, positionGrid: [0, 0] }, 'rotary')
    const wide = await randomBackbone({ ...rotary(48), id: 'rotary' }, 3)
    const recipe = { size: 56, batch: 4, steps: 40, learningRate: 5e-3 }
    for (const student of [await studentFromLayers(wide, [2]), studentFromCard(rotary(32), 1)]) {
      const steps: StepReport[] = []
      const { student: learned } = await distill(runtime, { teacher: wide, student }, IMAGES, {
        ...recipe,
        onStep: (report) => void steps.push(report),
      })
      expect(meanOf(steps.slice(-10))).toBeLessThan(0.8 * meanOf(steps.slice(0, 10)))
      // What such a network does not have stays 0: the file is still one of its kind.
      const { dim } = learned.card.architecture
      const bias = learned.tensors['blocks.0.attn.qkv.bias']!.data
      expect(bias.subarray(dim, 2 * dim).every((value) => value === 0)).toBe(true)
      expect(bias.subarray(0, dim).some((value) => value !== 0)).toBe(true)
      expect(learned.tensors.pos_embed!.data.every((value) => value === 0)).toBe(true)
    }
    await wide.close()
  })

  test('are not learned by a student whose keys have a bias and are rotated', async () => {
    const card = smallCard(56, { positionGrid: [0, 0] }, 'rotary')
    const parameters = initialVit(card.architecture, 1)
    parameters['blocks.1.attn.qkv.bias']!.data[40] = 0.5
    const file = await openTensorFile(bytesSource('biased.safetensors', writeSafetensors(parameters)))
    const backbone = await createVitBackbone(file, card)
    await expect(studentFromBackbone(backbone)).rejects.toMatchObject({
      code: 'model-unsupported',
      details: { given: expect.stringContaining('blocks.1') as string },
    })
    await backbone.close()
  })

  test('are learned the same by updates of three batches as by one batch of all their images', async () => {
    const run = async (batch: number, accumulate: number): Promise<number[]> => {
      const losses: number[] = []
      const recipe = { size: 56, batch, accumulate, steps: 4, learningRate: 1e-3 }
      const onStep = ({ loss }: StepReport): void => void losses.push(loss)
      await distill(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, { ...recipe, onStep })
      return losses
    }
    const [together, apart] = [await run(6, 1), await run(2, 3)]
    expect(apart).toHaveLength(4)
    apart.forEach((loss, step) => expect(Math.abs(loss - together[step]!), `step ${step}`).toBeLessThanOrEqual(1e-5))
  })

  test('may be remembered: the teacher is not run, and the crops are the same in every pass', async () => {
    await using session = await createTeacherSession(runtime, teacher)
    const { preprocessing, architecture } = TEACHER
    const asked: (readonly Pixels[])[] = []
    const read: TeacherCache<Pixels>['read'] = async (images) => {
      asked.push(images)
      const prepared = images.map((image) => preprocess(image, { preprocessing, patch: architecture.patch, size: 56 }).pixels)
      const rows = rowsOf(await session.tokens(stackBytes(prepared)))
      const tokens = (from: number, to: number): Tensor =>
        tensor('float32', Float32Array.from(rows.slice(from, to).flat()), [to - from, 48])
      // CLS, two registers and four patches each.
      return images.map((_, index) => ({ cls: tokens(7 * index, 7 * index + 1), patches: tokens(7 * index + 3, 7 * index + 7) }))
    }
    const unable = {
      ...teacher,
      graph: () => {
        throw new Error('the teacher was run')
      },
    }
    const losses: number[] = []
    const run = { size: 56, batch: 6, steps: 3, learningRate: 0, onStep: ({ loss }: StepReport) => void losses.push(loss) }
    await distill(runtime, { teacher: unable, student: studentFromCard(STUDENT, 1) }, IMAGES, { ...run, cache: { read } })
    // Each pass has an order of its own.
    for (const loss of losses) expect(Math.abs(loss - losses[0]!)).toBeLessThan(1e-5)
    expect(asked.map((images) => new Set(images).size)).toEqual([6, 6, 6])
  })
})

test.each([
  ['tokens', (size: number) => distill(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, { size, steps: 1, batch: 2 })],
  [
    'the paper’s losses',
    (size: number) =>
      distillByDino(runtime, { teacher, student: studentFromCard(STUDENT, 1) }, IMAGES, { ...DINO, globalSize: size, steps: 1 }),
  ],
])('rejects crops that the teacher can’t cut into patches, with a size that both can, for %s', async (_, run) => {
  const refusal: unknown = await run(70).catch((error: unknown) => error)
  expect(DinokitError.is(refusal, 'size-invalid') && refusal.message).toMatch(
    /small \(14x14\) and teacher \(28x28\).*multiple of 28, such as 84/,
  )
})
