import type { OutputRequest, Session, Tensor } from '@dinokit/core'
import { golden, hasShared, largestDifference, listShared } from '@dinokit/testing'
import { saturates } from '@dinokit/onnx'
import { inPrecision } from '@dinokit/vit'
import { createRuntime, open, tensor } from 'dinokit/browser'
import { expect, test } from 'vitest'
import { cosines, mean } from './testing/cosines.ts'
import { byKernels, compareWithEngine, engine, openGraph, type GraphSettings, type KernelTest } from './testing/kernel-sessions.ts'
import { largestOf, layersAlone, openTinyParts } from './testing/int8-parts.ts'

test.skipIf(!hasShared)(
  'embeds in 8 bits near the float32 reference’s tokens: cosines .999 for images, .998 for patches, .97 for each',
  async () => {
    await using vision = await open({ precision: 'int8', engine: { ...engine, threads: 2 } })
    expect(vision.engine).toMatchObject({ name: byKernels, device: 'wasm', precision: 'int8', threads: 2 })
    const [images, patches]: [number[], number[]] = [[], []]
    const worst: number[] = []
    for (const file of listShared('golden/tiny14').filter((name) => name.endsWith('.safetensors'))) {
      const { pixels, cls, patches: known } = await golden(`tiny14/${file}`)
      const [, height, width] = pixels!.shape as [number, number, number]
      const found = await vision.embed({ data: pixels!.data as Uint8Array, width, height }, { size: 'source' })
      images.push(...cosines(found.cls, cls as Tensor))
      const each = cosines(found.patches, known as Tensor)
      patches.push(...each)
      // The graph’s own harm: onnxruntime’s worst patch of that image, in Node, is at .955.
      if (file !== '07.safetensors') worst.push(Math.min(...each))
    }
    expect(images).toHaveLength(12)
    expect(mean(images)).toBeGreaterThanOrEqual(0.999)
    expect(mean(patches)).toBeGreaterThanOrEqual(0.998)
    expect(Math.min(...worst)).toBeGreaterThanOrEqual(0.97)
    // What does not differ at all was not computed in 8 bits.
    expect(mean(patches)).toBeLessThan(0.99999)
  },
)

/** A session of the embedded model in 8 bits, and what makes its inputs. */
const sessionFor = (
  request: OutputRequest,
  { unsigned = false, ...settings }: GraphSettings & { readonly unsigned?: boolean },
): Promise<KernelTest> =>
  openGraph(async (runtime) => {
    const { backbone, calibration } = await openTinyParts(runtime)
    return inPrecision(backbone, { precision: 'int8', calibration, unsigned }).graph(request)
  }, settings)

test('computes each layer as the engine does, until a rounding of floats brings a number to another level', async () => {
  const request = { rawLayers: [1], layers: [6], attention: [1], facets: [1] }
  const sizes = [
    [1, 224, 224],
    [1, 70, 42],
    [1, 14, 14],
  ] as const
  await compareWithEngine(
    (kernels) => sessionFor(request, { kernels }),
    sizes,
    (found, expected, name, message) => {
      const [a, b] = [found.data as Float32Array, expected.data as Float32Array]
      // The tokens of an engine differ as much from its own where an input is moved by a rounding.
      if (name === 'layer6' || name === 'tokens')
        expect(mean(cosines(found as Tensor, expected as Tensor)), message).toBeGreaterThanOrEqual(name === 'tokens' ? 0.999 : 0.99999)
      else expect(largestDifference(a, b), message).toBeLessThanOrEqual(2e-5)
    },
  )
})

test('gives of rows whose numbers all lie far from 0 what the engine gives, though the kernels’ bytes hold none of them whole', async () => {
  const open = async (kernels: boolean): Promise<readonly [Session, ReadonlyMap<string, string>]> => {
    const runtime = createRuntime({ engine: { ...engine, threads: 2, kernels } })
    const { model, inputs } = layersAlone({ ...(await openTinyParts(runtime)), unsigned: false }, 9)
    return [await runtime.createSession(model), inputs]
  }
  const [[own, inputs], [other]] = [await open(true), await open(false)]
  await using kernels = own
  await using ort = other
  expect([kernels.engine.name, ort.engine.name]).toEqual([byKernels, expect.stringMatching(/^onnxruntime-web/)])
  // A few, and so many that there is no room for them at first; numbers of blocks of rows that are whole, and not.
  for (const [rows, every] of [
    [67, 40],
    [67, 3],
    [10, 1],
  ] as const) {
    const far = (i: number): number => (i % 7 < 3 ? -1 : 1) * (i % every === 0 ? 0.9 + 0.1 * Math.cos(i) : 0.01)
    const feeds = Array.from(inputs).map(([role, name]) => {
      const width = role === 'outer' ? 768 : 192
      return [
        name,
        tensor(
          'float32',
          Float32Array.from({ length: rows * width }, (_, i) => far(i)),
          [rows, width],
        ),
      ] as const
    })
    const all = { pixels: tensor('uint8', new Uint8Array(1), [1]), ...Object.fromEntries(feeds) }
    const [found, expected] = [await kernels.run(all), await ort.run(all)]
    for (const role of inputs.keys()) {
      const [a, b] = [found[role] as Tensor, expected[role] as Tensor]
      expect(largestDifference(a.data, b.data), `${role} ${every}`).toBeLessThanOrEqual(1e-6 * largestOf(b))
    }
  }
})

test('gives the very same tokens with signed and unsigned levels, one and two threads, alone and in a batch', async () => {
  const [session, inputs] = await sessionFor({ attention: [12] }, {})
  await using first = session
  const feeds = inputs([2, 70, 42])
  const expected = await first.run(feeds)
  for (const options of [{ unsigned: true }, { threads: 1 }]) {
    await using other = (await sessionFor({ attention: [12] }, options))[0]
    expect(other.engine.name).toEqual(byKernels)
    expect(await other.run(feeds)).toEqual(expected)
  }
  const length = feeds.pixels!.data.length / 2
  const pixels = tensor('uint8', (feeds.pixels!.data as Uint8Array).slice(length), [1, 42, 70, 3])
  const { tokens } = await first.run({ ...feeds, pixels })
  expect(tokens!.data).toEqual((expected.tokens!.data as Float32Array).slice(-tokens!.data.length))
})

test('asks no engine whether its bytes saturate, as WebAssembly’s do not', async () => {
  const runtime = createRuntime({ engine })
  expect(await saturates({ exactBytes: true, createSession: () => Promise.reject(new Error('asked')) })).toBe(false)
  expect(runtime.exactBytes).toBe(true)
  expect(await saturates({ createSession: runtime.createSession })).toBe(false)
})
