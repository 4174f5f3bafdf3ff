import { DinokitError, tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { fromFloat16, readSafetensors, toFloat16 } from '@dinokit/checkpoint'
import { bytesSource } from '@dinokit/core'
import { createSession } from '#runtime'
import { describe, expect, test } from 'vitest'
import type { SessionMaker } from '../step/create-trainer.ts'
import { depthMeans, labelShares, type DenseBatch, type DenseExamples } from './dense-examples.ts'
import { countDepth, countSegmentation, enlargeRows, largestChannels } from './dense-metrics.ts'
import { createDensePredictor } from './dense-predictor.ts'
import { writeHeadModel } from '../classifiers/head-model.ts'
import { trainDenseHead, type DenseTrainingOptions } from './train-dense-head.ts'
import { writeTrainerState } from '../step/trainer-file.ts'

const runtime: SessionMaker = { createSession: (model) => createSession(model) }
const GRID = [4, 5] as const
const [PATCHES, CHANNELS, COUNT] = [20, 6, 12]

/** Patches whose class is that of their largest channel among the first three, and whose depth is e to the fourth. */
function examplesOf(task: 'classes' | 'depth'): DenseExamples & { readonly tokens: Float32Array; readonly targets: Float32Array } {
  const random = createRandom(3)
  const tokens = Float32Array.from({ length: COUNT * PATCHES * CHANNELS }, () => random.uniform(-1, 1))
  const width = task === 'classes' ? 3 : 1
  const targets = new Float32Array(COUNT * PATCHES * width)
  for (let patch = 0; patch < COUNT * PATCHES; patch++) {
    const x = tokens.subarray(patch * CHANNELS, (patch + 1) * CHANNELS)
    if (task === 'depth') targets[patch] = patch % 7 === 0 ? 0 : Math.exp(x[3]!)
    else targets[patch * 3 + x.subarray(0, 3).indexOf(Math.max(x[0]!, x[1]!, x[2]!))] = 1
  }
  const part = (data: Float32Array, indices: readonly number[], each: number): Float32Array => {
    const taken = new Float32Array(indices.length * each)
    indices.forEach((index, place) => taken.set(data.subarray(index * each, (index + 1) * each), place * each))
    return taken
  }
  return {
    count: COUNT,
    grid: GRID,
    channels: CHANNELS,
    tokens,
    targets,
    read: (indices) => ({
      tokens: tensor('float16', toFloat16(part(tokens, indices, PATCHES * CHANNELS)), [indices.length, PATCHES, CHANNELS]),
      targets: tensor('float32', part(targets, indices, PATCHES * width), [indices.length, PATCHES, width]),
    }),
  }
}

const CLASSES: DenseTrainingOptions = { output: { kind: 'classes' }, epochs: 30, batch: 4, learningRate: 0.02, hidden: 16 }

describe('a dense head', () => {
  test.each(['linear', 'convolution'] as const)('learns classes by %s, and its file says so', async (network) => {
    const examples = examplesOf('classes')
    const { head, losses } = await trainDenseHead(runtime, examples, 3, { ...CLASSES, network })
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2)
    const leaving = new AbortController()
    await using predictor = await createDensePredictor(runtime, head, { grid: GRID, dtype: 'float16', signal: leaving.signal })
    const { data } = await predictor.predict((await examples.read([...Array(COUNT).keys()])).tokens)
    const truth = largestChannels(examples.targets, 3)
    leaving.abort()
    const late = predictor.predict((await examples.read([0])).tokens)
    await expect(late).rejects.toMatchObject({ code: 'aborted' })
    const right = largestChannels(data, 3).filter((label, index) => label === truth[index]).length / truth.length
    expect(right).toBeGreaterThan(0.85)
    const description = {
      task: 'segmentation',
      name: 'test',
      backbone: { dim: CHANNELS },
      input: { layers: [1], norm: true, tokens: ['patches'] },
    } as const
    const file = await readSafetensors(bytesSource('head', writeHeadModel(head, description)))
    const json = JSON.parse(file.metadata['dinokit.head']!) as { format: number; network: { kind: string }[] }
    expect([json.format, json.network.length]).toEqual([2, network === 'linear' ? 2 : 7])
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(head.tensors).sort())
    expect(await file.tensors.get('network.0.weight')!.readFloat32()).toEqual(head.tensors['network.0.weight']!.data)
    const half = await readSafetensors(bytesSource('head', writeHeadModel(head, description, 'float16')))
    const norm = network === 'linear' ? 0 : 1
    expect(half.tensors.get('network.0.weight')!.dtype).toBe('F16')
    expect(await half.tensors.get(`network.${norm}.running_var`)!.readFloat32()).toEqual(head.tensors[`network.${norm}.running_var`]!.data)
  })

  test.each([
    ['log', { kind: 'log', min: 0.1, max: 10 }],
    ['bins', { kind: 'bins', min: 0.001, max: 10 }],
  ] as const)('learns depth by %s where there are readings', async (_, output) => {
    const examples = examplesOf('depth')
    const { head } = await trainDenseHead(runtime, examples, 1, {
      ...CLASSES,
      output,
      ...(output.kind === 'log' ? { epochs: 40 } : { epochs: 100, learningRate: 0.1 }),
    })
    await using predictor = await createDensePredictor(runtime, head, { grid: GRID, dtype: 'float16' })
    const { data } = await predictor.predict((await examples.read([...Array(COUNT).keys()])).tokens)
    const counter = countDepth()
    counter.add(data, examples.targets)
    expect(counter.metrics().absRel).toBeLessThan(output.kind === 'log' ? 0.1 : 0.35)
  })

  test('ends with the same bits when a run is taken up in the middle', async () => {
    const examples = examplesOf('classes')
    const options = { ...CLASSES, epochs: 4, seed: 5 }
    const whole = await trainDenseHead(runtime, examples, 3, options)
    const stopped = await trainDenseHead(runtime, examples, 3, { ...options, onEpoch: (epoch) => epoch === 2 })
    expect(stopped.state.steps).toBe(6)
    const resumed = await trainDenseHead(runtime, examples, 3, { ...options, resume: stopped.state })
    expect(writeTrainerState(resumed.state)).toEqual(writeTrainerState(whole.state))
  })

  test.each([0, 5, COUNT])('reads cached examples once, with the same bits, where %i fit into the cache', async (room) => {
    const examples = examplesOf('classes')
    const reads = new Array<number>(COUNT).fill(0)
    const counted: DenseExamples = {
      ...examples,
      read(indices) {
        for (const index of indices) reads[index]!++
        return examples.read(indices)
      },
    }
    const options = { ...CLASSES, epochs: 3 }
    const bytes = PATCHES * (2 * CHANNELS + 4 * 3)
    const { state } = await trainDenseHead(runtime, counted, 3, { ...options, cacheBytes: (room + 0.5) * bytes })
    expect(reads.filter((count) => count === 1)).toHaveLength(room)
    expect(reads.filter((count) => count >= 3)).toHaveLength(COUNT - room)
    const whole = await trainDenseHead(runtime, examples, 3, options)
    expect(writeTrainerState(state)).toEqual(writeTrainerState(whole.state))
  })

  test('takes tokens of 32 bits in 16', async () => {
    const examples = examplesOf('classes')
    const options = { ...CLASSES, epochs: 2 }
    const wide: DenseExamples = {
      ...examples,
      async read(indices) {
        const { tokens, targets } = await examples.read(indices)
        return { tokens: tensor('float32', fromFloat16(tokens.data as Uint16Array), tokens.shape), targets }
      },
    }
    const [half, whole] = [await trainDenseHead(runtime, examples, 3, options), await trainDenseHead(runtime, wide, 3, options)]
    expect(writeTrainerState(whole.state)).toEqual(writeTrainerState(half.state))
  })

  test('stops where an example can’t be read, also while reading ahead', async () => {
    const examples = examplesOf('classes')
    const broken = new DinokitError('tensor-invalid', 'a bad row')
    const read = (indices: readonly number[]): DenseBatch | Promise<DenseBatch> =>
      indices.includes(7) ? Promise.reject(broken) : examples.read(indices)
    await expect(trainDenseHead(runtime, { ...examples, read }, 3, CLASSES)).rejects.toBe(broken)
  })

  test('gives numbers after one step only', async () => {
    const { head } = await trainDenseHead(runtime, examplesOf('classes'), 3, { output: { kind: 'classes' }, epochs: 1, batch: COUNT })
    for (const { data } of Object.values(head.tensors)) expect(data.every(Number.isFinite)).toBe(true)
  })

  test('ends when it is canceled', async () => {
    const abort = new AbortController()
    const running = trainDenseHead(runtime, examplesOf('classes'), 3, {
      ...CLASSES,
      signal: abort.signal,
      onProgress: ({ step }) => step === 2 && abort.abort(),
    })
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('annotations become shares and means of patches, unknown pixels left out', () => {
  const labels = [0, 0, 1, 255, 0, 1, 255, 255]
  expect([...labelShares(labels, [2, 4], [1, 2], 2)]).toEqual([0.75, 0.25, 0, 1].map(Math.fround))
  expect([...depthMeans([1, 3, 0, 0, 1, 3, 0, 5], [2, 4], [1, 2])]).toEqual([2, 5])
  expect(() => labelShares([0], [1, 1], [2, 2], 2)).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
})

test('computes metrics', () => {
  const counter = countSegmentation(3)
  counter.add([0, 0, 1, 1, 2], [0, 1, 1, 255, 1])
  expect(counter.metrics()).toEqual({ pixelAccuracy: 2 / 4, miou: (1 / 2 + 1 / 3) / 2, iou: [1 / 2, 1 / 3, undefined] })
  const depth = countDepth()
  depth.add([1, 3, 9], [2, 3, 0])
  expect(depth.metrics()).toEqual({ absRel: 0.25, rmse: Math.sqrt(0.5), delta1: 0.5 })
  expect([...enlargeRows(Float32Array.of(0, 4), [1, 2], [1, 4])]).toEqual([0, 1, 3, 4])
})
