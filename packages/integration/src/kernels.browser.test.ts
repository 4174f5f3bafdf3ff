import { sessionRules, testRules, type KnownRun } from '@dinokit/conformance'
import type { OutputRequest } from '@dinokit/core'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { golden, hasShared, largestDifference, listShared, sharedPath } from '@dinokit/testing'
import { createRuntime, loadBackbone, open, tensor } from 'dinokit/browser'
import { describe, expect, test } from 'vitest'
import { byKernels, compareWithEngine, engine, openGraph, type KernelTest, type Sizes } from './testing/kernel-sessions.ts'

/** Fields that the bare weights of the embedded model do not say. */
const TINY = { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const

describe.skipIf(!hasShared)('embed by the kernels gives the reference’s tokens: golden/tiny14', () => {
  test.each([1, 2])('holds with %i threads: tokens within 5e-4 of up to 37', async (threads) => {
    await using vision = await open({
      model: sharedPath('models/tiny14/model.safetensors'),
      card: TINY,
      engine: { ...engine, threads },
    })
    expect(vision.engine).toMatchObject({ name: byKernels, device: 'wasm', threads })
    const files = listShared('golden/tiny14').filter((name) => name.endsWith('.safetensors'))
    for (const file of files.filter((_, index) => index % 8 === threads)) {
      const expected = await golden(`tiny14/${file}`)
      for (const suffix of ['', '448x336']) {
        const given = expected[`pixels${suffix}`]
        if (!given) continue
        const [, height, width] = given.shape as [number, number, number]
        const { cls, patches } = await vision.embed({ data: given.data as Uint8Array, width, height }, { size: 'source' })
        expect(largestDifference(cls.data, expected[`cls${suffix}`]!.data as Float32Array), file).toBeLessThanOrEqual(5e-4)
        const known = expected[`patches${suffix}`]
        if (known) expect(largestDifference(patches.data, known.data as Float32Array), file).toBeLessThanOrEqual(5e-4)
      }
    }
  })
})

/** A session of the embedded model, and what makes its inputs. */
const sessionFor = (request: OutputRequest, kernels: boolean): Promise<KernelTest> =>
  openGraph(async (runtime) => (await loadBackbone(runtime, 'tiny')).graph(request), { kernels })

test('computes layers, attention, facets, batches and sizes as the engine does, within 1e-3', async () => {
  const request = { layers: [3, 12], rawLayers: [2], attention: [1, 12], facets: [4] }
  const sizes = [
    [1, 224, 224],
    [3, 70, 42],
    [2, 14, 14],
    [1, 224, 224],
  ] as const
  await compareWithEngine(
    (kernels) => sessionFor(request, kernels),
    sizes,
    (found, expected, _, message) =>
      expect(largestDifference(found.data as Float32Array, expected.data as Float32Array), message).toBeLessThanOrEqual(1e-3),
  )
})

test('gives an image of a batch the very numbers that it has alone', async () => {
  const [session, inputs] = await sessionFor({ layers: [6], attention: [12] }, true)
  await using kernels = session
  const feeds = inputs([3, 70, 42])
  const together = await kernels.run(feeds)
  const length = feeds.pixels!.data.length / 3
  for (let image = 0; image < 3; image++) {
    const pixels = tensor('uint8', (feeds.pixels!.data as Uint8Array).slice(image * length, (image + 1) * length), [1, 42, 70, 3])
    const alone = await kernels.run({ ...feeds, pixels })
    for (const [name, { data, shape }] of Object.entries(alone)) {
      expect(together[name]!.shape).toEqual([3, ...shape.slice(1)])
      expect((together[name]!.data as Float32Array).slice(image * data.length, (image + 1) * data.length)).toEqual(data)
    }
  }
})

describe('sessions', async () => {
  const request = { layers: [6], attention: [12] }
  const [made, inputs] = await sessionFor(request, false)
  await using ort = made
  const known = async (...sizes: Sizes): Promise<KnownRun> => ({ feeds: inputs(sizes), outputs: await ort.run(inputs(sizes)) })
  const runs = [await known(1, 28, 42), await known(2, 70, 28)] as const
  const own = createRuntime({ engine: { ...engine, threads: 2 } })
  const { model } = (await loadBackbone(own, 'tiny')).graph(request)
  const wrong = { ...runs[0].feeds, pixels: tensor('float32', new Float32Array(3), [1, 1, 1, 3]) }
  testRules(test, sessionRules({ runtime: own, model, runs, wrong, tolerance: 1e-3 }))

  test('are the kernels’, refuse inputs that are missing, or of another type, by code, and give the same bits again', async () => {
    await using session = await own.createSession(model)
    expect(session.engine.name).toEqual(byKernels)
    const pixels = runs[0].feeds.pixels!
    const found = await session.run(runs[0].feeds)
    const kept = (found.tokens!.data as Float32Array).slice()
    await session.run(runs[1].feeds)
    await expect(session.run({ pixels })).rejects.toMatchObject({ code: 'session-failed' })
    await expect(session.run({ pixels, positions: pixels })).rejects.toMatchObject({ code: 'session-failed' })
    expect((await session.run(runs[0].feeds)).tokens!.data).toEqual(kept)
    expect(found.tokens!.data).toEqual(kept)
  })
})

test('leaves to the engine what the kernels do not know, and says why', async () => {
  const g = createGraphBuilder('other')
  g.output('y', g.apply('Relu', [g.apply('Cast', [g.input('pixels', 'uint8', ['n'])], { to: 1 })]), 'float32', ['n'])
  await using session = await createRuntime({ engine }).createSession(encodeModel(g.build()))
  expect(session.engine.name).toMatch(/^onnxruntime-web/)
  expect(session.engine.fallback).toMatch(/kernels .* do not know its graph: it has the operator Relu/)
  expect((await session.run({ pixels: tensor('uint8', Uint8Array.of(1, 2), [2]) })).y!.data).toEqual(Float32Array.of(1, 2))
})
