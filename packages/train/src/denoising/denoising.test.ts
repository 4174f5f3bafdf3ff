import { readSafetensors, writeSafetensors } from '@dinokit/checkpoint'
import { bytesSource, tensor, type ModelCard, type OnnxModel, type Pixels, type Tensor } from '@dinokit/core'
import { largestDifference, ownGoldens, type Golden } from '@dinokit/testing'
import { createVitBackbone, type VitBackbone } from '@dinokit/vit'
import { createSession } from '#runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTrainer } from '../step/create-trainer.ts'
import { withoutMaskToken } from '../distillation/student.ts'
import { withPrefix } from '../step/prefixed.ts'
import { createDenoisingTeacher, type DenoisedTargets } from './denoised-targets.ts'
import { denoisingFeeds, type DenoisingView } from './denoising-feeds.ts'
import { denoisingStep } from './denoising-step.ts'
import { takeTurns } from './take-turns.ts'

const runtime = { createSession: (model: OnnxModel) => createSession(model) }

const CARD: ModelCard = {
  id: 'teacher',
  description: 'a golden network',
  architecture: {
    ...{ patch: 14, dim: 32, depth: 2, heads: 2, ffn: 'mlp', ffnHidden: 128, registers: 0, layerNormEps: 1e-6 },
    positionGrid: [5, 5],
  },
  interpolation: 'offset',
  preprocessing: { shortest: 56, crop: 56, filter: 'bicubic', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  parameters: 0,
  license: 'Apache-2.0',
  origin: 'goldens',
}
const STUDENT: ModelCard = { ...CARD, id: 'student', architecture: { ...CARD.architecture, registers: 4 }, interpolation: 'antialias' }
const [IMAGES, STEPS, SIDES] = [4, 10, [4, 3]] as const
const WINDOWS = {
  ...{ padding: 2, side: 5 },
  offsets: [
    [0, 0],
    [0, 3],
    [3, 0],
    [3, 3],
    [1, 2],
    [2, 1],
  ],
} as const
/** Options of make_denoising.py by its names. */
const OPTIONS = {
  plain: {},
  dropout: { dropout: true },
  corners: { corners: true },
  attention: { attention: 0.3 },
  registersFirst: { registersFirst: 4 },
  classLayers: { classLayers: [1, 2] },
  all: { dropout: true, corners: true, attention: 0.3, registersFirst: 4, classLayers: [1, 2] },
} as const satisfies Record<string, Options>

interface Options {
  readonly dropout?: boolean
  readonly corners?: boolean
  readonly attention?: number
  readonly registersFirst?: number
  readonly classLayers?: readonly number[]
}

/** Numbers at even distances. */
const some = (data: Tensor['data']): Float32Array => {
  const stride = Math.max(1, Math.floor(data.length / 8))
  return data.filter((_, index) => index % stride === 0).slice(0, 8)
}

describe('denoising is the reference’s', () => {
  let teacher: VitBackbone
  let expected: Golden
  let images: Pixels[]
  let initial: Record<string, Tensor>
  let targets: DenoisedTargets[]
  beforeAll(async () => {
    const run = await ownGoldens.tensors('training/run-distil.safetensors')
    expected = await ownGoldens.tensors('training/denoising.safetensors')
    initial = Object.fromEntries(
      Object.entries(run).flatMap(([name, value]) =>
        name.startsWith('initial.student.') ? [[name.slice('initial.student.'.length), value as Tensor]] : [],
      ),
    )
    teacher = await createVitBackbone(await readSafetensors(bytesSource('teacher', writeSafetensors(initial))), CARD)
    const { data } = run['set0.global']!
    images = Array.from({ length: IMAGES }, (_, index) => {
      const length = 56 * 56 * 3
      return { width: 56, height: 56, data: (data as Uint8Array).slice(index * length, (index + 1) * length) }
    })
    await using looking = createDenoisingTeacher(runtime, teacher)
    targets = []
    for (const image of images) targets.push(await looking.targets(image, WINDOWS))
  })
  afterAll(() => teacher.close())

  test('in the targets, of patches and of attention', () => {
    for (const part of ['patches', 'attention'] as const) {
      const made = Float32Array.from(targets.flatMap((target) => Array.from(target[part].data)))
      expect(made).toHaveLength(expected[part]!.data.length)
      expect(largestDifference(made, expected[part]!.data as Float32Array), part).toBeLessThanOrEqual(1e-4)
    }
  })

  test.each(Object.entries<Options>(OPTIONS))('in ten steps of training: %s', async (name, options) => {
    const { dropout = false, corners = false, attention = 0, registersFirst = 0, classLayers = [] } = options
    const trained = withPrefix('student.', withoutMaskToken({ ...initial, register_tokens: expected.registers as Tensor }))
    const steps = SIDES.map((side) =>
      denoisingStep(STUDENT, trained, {
        ...{ size: 14 * side, batch: IMAGES, attention, classLayers, keyBias: corners, registersFirst: registersFirst > 0 },
        ...(dropout && { visible: Math.floor(side ** 2 / 2) }),
      }),
    )
    await using looking = createDenoisingTeacher(runtime, teacher, classLayers)
    await using trainer = takeTurns(await Promise.all(steps.map((step) => createTrainer(runtime, step))), (made) => made % 2)
    const plan = (of: string): Uint8Array => expected[`plan.${of}`]!.data as Uint8Array
    for (let step = 0; step < STEPS; step++) {
      const side = SIDES[step % 2]!
      const kept = Math.floor(side ** 2 / 2)
      const views = images.map((pixels, image): DenoisingView => {
        const [row, column, flip] = plan('windows').subarray(3 * (step * IMAGES + image)) as unknown as [number, number, number]
        const visible =
          dropout &&
          Array.from(
            plan(`visible${side}`)
              .subarray((step * IMAGES + image) * kept)
              .subarray(0, kept),
          )
        return {
          ...{ pixels, targets: targets[image]!, window: { offset: [row, column], side, flip: flip === 1 } },
          ...(visible && { visible }),
        }
      })
      const masked = plan('masked')[step] === 1
      const feeds = denoisingFeeds(STUDENT, views, { attention: attention > 0, ...(corners && { corners: masked ? 'masked' : 'free' }) })
      const { loss } = await trainer.step(
        {
          ...feeds,
          cls: await looking.classTokens(feeds.pixels),
          ...(registersFirst > 0 && { others: tensor('float32', Float32Array.of(step < registersFirst ? 0 : 1), []) }),
        },
        { learningRate: 1e-3, weightDecay: 0.02 },
      )
      const wanted = expected[`${name}.losses`]!.data[step] as number
      expect(Math.abs(loss / wanted - 1), `loss of step ${step}`).toBeLessThanOrEqual(1e-3)
    }
    let at = 0
    for (const key of Object.keys(trained).sort()) {
      const { data } = trainer.state.tensors[key]!
      const found = some(data)
      const wanted = (expected[`${name}.weights`]!.data as Float32Array).subarray(at, (at += found.length))
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(largestDifference(found, wanted) / largest, key).toBeLessThanOrEqual(2e-3)
    }
    expect(at).toBe(expected[`${name}.weights`]!.data.length)
  })
})
