import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import {
  createRuntime,
  createVision,
  DinokitError,
  loadBackbone,
  open,
  openHead,
  tensor,
  type Head,
  type ImageSource,
  type PixelMap,
  type Runtime,
  type Tokens,
} from 'dinokit'
import { describe, expect, test } from 'vitest'

const image = (level = 128): ImageSource => ({ data: new Uint8Array(70 * 70 * 3).fill(level), width: 70, height: 70 })
const SIZE = { width: 56, height: 56 }

interface ScaleOptions {
  readonly by?: number
}

/** The mean of the class token: a plain function. */
const mean = (log: string[] = []): Head<ScaleOptions, { mean: number }> => ({
  contract: 1,
  name: 'mean',
  attach: () => ({
    needs: {},
    answer: ({ cls }, { by = 1 }) => ({ mean: (by * cls.data.reduce((a, b) => a + b)) / cls.data.length }),
    dispose: () => void log.push('mean'),
  }),
})

/** Twice a raw layer's class token, by a graph of its own. */
const twice = (layer: number, log: string[] = []): Head<object, { values: Float32Array }> => ({
  contract: 1,
  name: `twice ${layer}`,
  incompatibility: ({ architecture }) => (architecture.dim === 192 ? undefined : 'it is 192 wide.'),
  async attach({ runtime }) {
    const g = createGraphBuilder('twice')
    const x = g.input('x', 'float32', [192])
    g.output('y', g.apply('Add', [x, x]), 'float32', [192])
    const session = await runtime.createSession(encodeModel(g.build()))
    return {
      needs: { rawLayers: [layer] },
      answer: async ({ rawLayers }) => ({ values: (await session.run({ x: rawLayers[layer]!.cls })).y!.data as Float32Array }),
      async dispose() {
        await session.dispose()
        log.push('twice')
      },
    }
  },
})

/** A runtime that counts sessions and the runs of the first one, the backbone's, and of each that replaces it. */
function counting(): { runtime: Runtime<ImageSource>; runs: () => number; sessions: () => number; open: () => number } {
  const runtime = createRuntime()
  let [runs, sessions, alive] = [0, 0, 0]
  return {
    runs: () => runs,
    sessions: () => sessions,
    open: () => alive,
    runtime: {
      ...runtime,
      async createSession(model, options) {
        const session = await runtime.createSession(model, options)
        sessions++
        alive++
        let ended = false
        const dispose = (): Promise<void> => {
          if (!ended) alive--
          ended = true
          return session.dispose()
        }
        return {
          ...session,
          run(feeds, options) {
            if ('pixels' in feeds) runs++
            return session.run(feeds, options)
          },
          dispose,
          [Symbol.asyncDispose]: dispose,
        }
      },
    },
  }
}

describe('heads', () => {
  test('cost one backbone pass together, with typed results and options', async () => {
    const { runtime, runs } = counting()
    await using vision = await createVision(runtime, await loadBackbone(runtime, 'tiny'), {
      size: SIZE,
      heads: { mean: mean(), twelve: twice(12), three: twice(3) },
    })
    const { tokens, heads } = await vision.analyze(image(), { heads: { mean: { by: 2 } } })
    expect(runs()).toBe(1)
    const result: number = heads.mean.result!.mean
    expect(result).toBeCloseTo((2 * tokens.cls.data.reduce((a, b) => a + b)) / 192, 5)
    expect(heads.three.result!.values).toEqual(tokens.rawLayers[3]!.cls.data.map((value) => value * 2))
    expect((await vision.heads.mean(tokens, { by: 2 })).mean).toBe(result)
    expect(runs()).toBe(1)
    expect((await vision.heads.twelve(image(), { size: 28 })).values).toHaveLength(192)
    expect(runs()).toBe(2)
  })

  test('get normed and raw layers of one pass: the final LayerNorm of the raw one is the normed one', async () => {
    await using vision = await open({ size: SIZE, layers: [3, 12], rawLayers: [3, 12] })
    const { layers, rawLayers, cls } = await vision.embed(image())
    expect(layers[12]!.cls).toEqual(cls)
    expect(rawLayers[12]!.cls.data).not.toEqual(cls.data)
    expect(rawLayers[3]!.patches.shape).toEqual(layers[3]!.patches.shape)
    expect(rawLayers[3]!.patches.data).not.toEqual(layers[3]!.patches.data)
  })

  test('can be added and removed later; what they held is disposed of', async () => {
    const { runtime, sessions, open: alive } = counting()
    const log: string[] = []
    const first = await createVision(runtime, await loadBackbone(runtime, 'tiny'), { size: SIZE, heads: { mean: mean(log) } })
    expect(sessions()).toBe(1)
    // The session gives no raw layer: adding makes another in its place, and one for the head.
    const both = await first.add({ twice: twice(5, log) })
    expect([sessions(), alive()]).toEqual([3, 2])
    const { heads } = await both.analyze(image())
    expect(heads.twice.result!.values).toHaveLength(192)
    // What the session gives already needs no other.
    await both.add({ again: twice(5) })
    expect(sessions()).toBe(4)
    await expect(both.add({ mean: mean() })).rejects.toMatchObject({ code: 'invalid-option' })
    const rest = await both.remove('twice')
    expect(log).toEqual(['twice'])
    expect('twice' in rest.heads).toBe(false)
    await expect(both.remove('twice')).rejects.toMatchObject({ code: 'invalid-option' })
    await Promise.all([first.dispose(), first.dispose()])
    expect(log).toEqual(['twice', 'mean'])
    expect(alive()).toBe(0)
  })

  test('keep the others’ results where one fails', async () => {
    const failing = (answer: (tokens: Tokens) => unknown): Head => ({
      contract: 1,
      name: 'failing',
      attach: () => ({ needs: {}, answer }),
    })
    const map = (width: number): PixelMap => ({
      ...tensor('float32', new Float32Array(70 * width), [70, width]),
      shape: [70, width],
      unit: 'm',
      unknown: 0,
    })
    await using vision = await open({
      size: SIZE,
      heads: {
        mean: mean(),
        throwing: failing(() => {
          throw new TypeError('cannot read properties of undefined')
        }),
        nan: failing(() => ({ scores: tensor('float32', Float32Array.of(1, NaN), [2]) })),
        infinite: failing(() => ({ nearest: Infinity })),
        shape: failing(() => ({ scores: { dtype: 'float32', data: new Float32Array(3), shape: [2, 2] } })),
        nothing: failing(() => undefined),
        narrow: failing(() => ({ meters: map(69) })),
        good: failing(() => ({ meters: map(70) })),
      },
    })
    const { heads } = await vision.analyze(image())
    expect(heads.mean.result!.mean).toBeTypeOf('number')
    expect(heads.good.error).toBeUndefined()
    const messages = Object.fromEntries(Object.entries(heads).flatMap(([name, { error }]) => (error ? [[name, error]] : [])))
    expect(Object.values(messages).every((error) => DinokitError.is(error, 'head-failed'))).toBe(true)
    expect(Object.fromEntries(Object.entries(messages).map(([name, { message }]) => [name, message.split('. ')[0]]))).toEqual({
      throwing: 'The head failing failed: cannot read properties of undefined',
      nan: 'The head failing answered with NaN in scores',
      infinite: 'The head failing answered with Infinity for nearest',
      shape: 'The head failing answered with scores of shape [2, 2] and 3 elements',
      nothing: 'The head failing answered with undefined',
      narrow: 'The head failing answered with a map meters of shape [70, 69]',
    })
    await expect(vision.heads.nan(image())).rejects.toMatchObject({ code: 'head-failed' })
  })

  test('are rejected with the reason where one does not fit the model, or speaks another contract', async () => {
    const { runtime, open: alive } = counting()
    const opening = async (head: Head): Promise<unknown> =>
      createVision(runtime, await loadBackbone(runtime, 'tiny'), { heads: { fine: twice(1), head } })
    await expect(opening({ ...mean(), incompatibility: () => 'it wants registers.' })).rejects.toMatchObject({
      code: 'model-unsupported',
      message: expect.stringContaining('does not fit tiny: it wants registers.'),
    })
    await expect(opening(twice(13))).rejects.toMatchObject({ code: 'model-unsupported', message: expect.stringContaining('layer 13') })
    await expect(opening({ ...mean(), contract: 2 as never })).rejects.toMatchObject({ code: 'contract-mismatch' })
    await expect(opening({ contract: 1, name: 'broken', attach: () => Promise.reject(new Error('no such file')) })).rejects.toMatchObject({
      code: 'head-failed',
      message: expect.stringContaining('no such file'),
    })
    expect(alive()).toBe(0)
  })

  test('answer for stored tokens without the backbone, and reject those of another model by name', async () => {
    const [tokens, card, fingerprint] = await (async () => {
      await using vision = await open({ size: SIZE, rawLayers: [4] })
      return [structuredClone(await vision.embed(image())), vision.card, vision.fingerprint()] as const
    })()
    await using head = await openHead(twice(4), { card, fingerprint, runtime: createRuntime() })
    expect((await head.run(tokens)).values).toHaveLength(192)
    const made = { ...tokens.fingerprint, rounded: { float16: '', bfloat16: '' } }
    for (const [field, value] of [
      ['weights', 'abcdef'],
      ['precision', 'int8'],
      ['preprocessing', 'pad-mean0,0,0-std1,1,1'],
    ] as const) {
      await expect(head.run({ ...tokens, fingerprint: { ...made, [field]: value } })).rejects.toMatchObject({
        code: 'fingerprint-mismatch',
        message: expect.stringMatching(new RegExp(`twice 4 .*${field} is ${value}`)),
      })
    }
    await expect(head.run({ ...tokens, rawLayers: {} })).rejects.toMatchObject({ code: 'tensor-missing' })
    await head.dispose()
    await expect(head.run(tokens)).rejects.toMatchObject({ code: 'disposed' })
  })

  test('lets a head embed more views: mirrored, and of a part', async () => {
    const half = 28
    const looking: Head<object, { difference: number; again: number }> = {
      contract: 1,
      name: 'looking',
      attach: () => ({
        needs: {},
        size: { width: half, height: half },
        async answer(tokens, _, { embedView: look }) {
          if (!look) throw new DinokitError('invalid-option', 'There is no image.')
          const flipped = await look({ placement: tokens.placement, flip: true })
          const again = await look({ placement: tokens.placement })
          const apart = (a: Tokens, b: Tokens): number => Math.max(...a.cls.data.map((value, i) => Math.abs(value - b.cls.data[i]!)))
          return { difference: apart(tokens, flipped), again: apart(tokens, again) }
        },
      }),
    }
    const data = Uint8Array.from({ length: half * half * 3 }, (_, i) => (Math.floor(i / 3) % half) * 9)
    await using vision = await open({ heads: { looking } })
    const { difference, again } = await vision.heads.looking({ data, width: half, height: half })
    expect(again).toBe(0)
    expect(difference).toBeGreaterThan(0.01)
    await expect(vision.heads.looking(await vision.embed(image()))).rejects.toMatchObject({ code: 'invalid-option' })
  })
})
