import type { ModelCard, OnnxModel, Pixels } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { createMemoryStore } from '@dinokit/store'
import type { VitBackbone } from '@dinokit/vit'
import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import { studentFromBackbone, studentFromCard } from '../distillation/student.ts'
import type { StepReport } from '../step/run-training.ts'
import { fillTargets, storedTargets, targetsLayout } from '../stored/stored-targets.ts'
import { IMAGES } from '../testing/images.ts'
import { randomBackbone } from '../testing/random-backbone.ts'
import { smallCard } from '../testing/small-card.ts'
import { denoise, type DenoiseOptions } from './denoise.ts'
import { leastPadding, planWindows } from './windows.ts'
import { withRegisters } from './with-registers.ts'

/** Images are given as pixels: nothing is to be decoded. */
const runtime = { createSession: (model: OnnxModel) => createSession(model), decodeImage: (pixels: Pixels) => Promise.resolve(pixels) }

const SIZES = { size: 84, targetWindow: 56, targetWindows: 5, targetPadding: 1 }
const RECIPE = { ...SIZES, windows: [56, 84], batch: 3, learningRate: 2e-3 }
const EVERYTHING = { patchDropout: 0.25, cornerMasking: 0.5, attention: 0.2, registersFirst: 1, classLayers: [1, 2] }
const idOf = (pixels: Pixels): string => String(IMAGES.indexOf(pixels))
const asImages = (count: number) =>
  IMAGES.slice(0, count).map((image, index) => ({
    ...{ id: String(index), source: `${index}.png`, image },
    hash: () => Promise.resolve(String(index).padStart(64, '7')),
  }))

async function cached(teacher: VitBackbone) {
  const store = createMemoryStore(targetsLayout(teacher, SIZES, 0))
  for await (const { error } of fillTargets(runtime, teacher, store, { ...SIZES, seed: 0, images: asImages(IMAGES.length) })) {
    if (error) throw error
  }
  return storedTargets(store, idOf)
}

const stored = (): Promise<VitBackbone> => randomBackbone({ ...smallCard(56, {}, 'offset'), id: 'teacher' }, 3)
const rotary = (): Promise<VitBackbone> => randomBackbone(smallCard(56, { registers: 2, positionGrid: [0, 0] }, 'rotary'), 3)

describe('denoising', () => {
  test.each([
    ['stored positions, by every option', stored, EVERYTHING],
    ['rotary positions', rotary, { ...EVERYTHING, patchDropout: 0 }],
  ])('brings a student nearer to the averages of a teacher with %s', async (_, made, options) => {
    const teacher = await made()
    const student = withRegisters(await studentFromBackbone(teacher), 4, 1)
    const found: number[] = []
    const onStep = ({ outputs }: StepReport): void => void found.push(outputs.patchCosine!.data[0]!)
    const cache = await cached(teacher)
    const end = await denoise(runtime, { teacher, student }, IMAGES, { ...RECIPE, ...options, steps: 30, cache, onStep })
    const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0) / some.length
    expect(mean(found.slice(-6))).toBeLessThan(0.9 * mean(found.slice(0, 6)))
    expect(end.student.card.architecture.registers).toBe(4)
    expect(end.student.tensors.register_tokens!.shape).toEqual([1, 4, 32])
    await teacher.close()
  })

  test('goes on after an interruption with the bits of a run that was not interrupted', async () => {
    const teacher = await stored()
    const cache = await cached(teacher)
    const run = async (options: Partial<DenoiseOptions<Pixels>>) => {
      const student = withRegisters(await studentFromBackbone(teacher), 2, 1)
      return denoise(runtime, { teacher, student }, IMAGES, { ...RECIPE, ...EVERYTHING, steps: 4, cache, ...options })
    }
    const whole = await run({})
    const stop = new AbortController()
    let point: Parameters<NonNullable<DenoiseOptions<Pixels>['save']>>[0] | undefined
    await run({
      signal: stop.signal,
      onStep: ({ step }) => (step === 1 ? stop.abort() : undefined),
      save: (kept) => Promise.resolve(void (point = kept)),
    })
    expect(point!.state.steps).toBe(1)
    expect((await run({ from: point! })).student.tensors).toEqual(whole.student.tensors)
    await teacher.close()
  })

  test.each<[string, Partial<DenoiseOptions<Pixels>>, ModelCard, object]>([
    ['windows that don’t divide', { windows: [60] }, smallCard(56, {}), { code: 'size-invalid', details: { given: '60' } }],
    ['windows larger than images', { windows: [98] }, smallCard(56, {}), { code: 'size-invalid' }],
    ['too little padding', { targetWindow: 84, targetPadding: 0 }, smallCard(56, {}), { code: 'invalid-option' }],
    ['a student of another width', {}, smallCard(56, { dim: 48 }), { code: 'model-unsupported' }],
    ['a layer that is not there', { classLayers: [3] }, smallCard(56, {}), { code: 'output-unavailable' }],
    ['attention of other layers', { attention: 1 }, smallCard(56, { depth: 1 }), { code: 'model-unsupported' }],
    ['a share above 1', { patchDropout: 1 }, smallCard(56, {}), { code: 'invalid-option' }],
    [
      'dropped patches by rotary positions',
      { patchDropout: 0.5 },
      smallCard(56, { positionGrid: [0, 0] }, 'rotary'),
      { code: 'model-unsupported' },
    ],
  ])('rejects %s', async (_, options, card, refusal) => {
    const teacher = await stored()
    const cache = { read: () => Promise.reject(new Error('targets were read')) }
    const run = denoise(runtime, { teacher, student: studentFromCard(card, 1) }, IMAGES, { ...RECIPE, steps: 1, cache, ...options })
    await expect(run).rejects.toMatchObject(refusal)
    await teacher.close()
  })
})

describe('targets', () => {
  test('are made once for each image, and go on where they were interrupted', async () => {
    const teacher = await stored()
    const store = createMemoryStore(targetsLayout(teacher, SIZES, 0))
    const outcomes = async (images: ReturnType<typeof asImages>, signal?: AbortSignal) => {
      const found: (string | undefined)[] = []
      const options = { ...SIZES, seed: 0, images, ...(signal && { signal }) }
      for await (const { outcome } of fillTargets(runtime, teacher, store, options)) found.push(outcome)
      return found
    }
    const stop = new AbortController()
    const images = asImages(3)
    const interrupting = images.map((image, index) =>
      index < 2 ? image : { ...image, hash: () => (stop.abort(), Promise.resolve('7'.repeat(64))) },
    )
    await expect(outcomes(interrupting, stop.signal)).rejects.toMatchObject({ code: 'aborted' })
    expect(await outcomes(images)).toEqual(['kept', 'kept', 'added'])
    expect(store.layout).toMatchObject({ dtype: 'float16', tensors: { patches: [6, 6, 32], 'layer2.classAttention': [2, 6, 6] } })
    expect(store.layout.fingerprint.preprocessing).toContain('-size84-average5x56-padding1-seed0')
    await teacher.close()
  })

  test.each([
    [28, 16],
    [43, 16],
    [6, 4],
    [16, 16],
    [9, 5],
    [30, 12],
  ])('lie in windows that leave nothing of %i patches out, each of %i', (grid, side) => {
    const seen = new Set<number>()
    const near = (place: number): number => Math.min(place, side - 1 - place)
    const offsets = planWindows(grid, side, 1, createRandom(0))
    for (const [row, column] of offsets) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) if (near(y) + near(x) >= Math.floor(side / 4)) seen.add((row + y) * grid + column + x)
      }
    }
    const missing = Array.from({ length: grid ** 2 }, (_, place) => place).filter((place) => !seen.has(place))
    const inside = (place: number): boolean => place >= leastPadding(side) && place < grid - leastPadding(side)
    expect(missing.filter((place) => inside(Math.floor(place / grid)) && inside(place % grid))).toEqual([])
    expect(planWindows(grid, side, 20, createRandom(0))).toHaveLength(Math.max(20, offsets.length))
  })
})

describe('registers', () => {
  test('are added to those that there are, small, by the seed', async () => {
    const student = studentFromCard(smallCard(56, { registers: 1 }, 'offset'), 1)
    const more = withRegisters(student, 3, 5)
    expect(more.card).toMatchObject({ architecture: { registers: 3 }, interpolation: 'antialias' })
    expect(more.card.parameters).toBe(student.card.parameters + 2 * 32)
    const { data } = more.tensors.register_tokens!
    expect(data.slice(0, 32)).toEqual(student.tensors.register_tokens!.data)
    expect(Math.max(...data.slice(32).map(Math.abs))).toBeLessThan(0.1)
    expect(withRegisters(student, 3, 5).tensors).toEqual(more.tensors)
    expect(withRegisters(student, 3, 6).tensors).not.toEqual(more.tensors)
    expect(() => withRegisters(student, 0, 1)).toThrow(/can’t have 0 registers/)
  })
})
