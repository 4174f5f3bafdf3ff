import { openTensorFile } from '@dinokit/checkpoint'
import { bytesSource, tensor, type BackboneGraph, type BackboneTokens, type Session, type Tensor } from '@dinokit/core'
import { createSession } from '#runtime'
import { largestDifference, ownGoldens, sharedGoldens, type GoldenTensor } from '@dinokit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGolden } from './testing/open-golden.ts'
import type { VitBackbone } from './vit-backbone.ts'

const BACKBONES = [
  ...['mlp', 'swiglu-reg4'].map((variant) => ({ variant, folder: ownGoldens })),
  ...['mlp', 'mlp-reg4', 'swiglu', 'swiglu-reg4'].map((variant) => ({ variant, folder: sharedGoldens })),
].map((backbone) => ({ ...backbone, name: `${backbone.folder.name}/backbone/${backbone.variant}` }))
const WEIGHTS = ['meta.pth', 'huggingface.safetensors'] as const
/** The engine's answers are the same for the same weights: in browsers, where it is slowest, one size shows it for the second layout. */
const inBrowser = 'document' in globalThis
/** Largest absolute difference allowed. */
const META_LIMIT = 1e-4
const HUGGING_FACE_LIMIT = 2e-4

interface Opened {
  readonly backbone: VitBackbone
  readonly graph: BackboneGraph
  readonly session: Session
}

async function run({ graph, session }: Opened, pixels: GoldenTensor, mask?: GoldenTensor): Promise<BackboneTokens[]> {
  const [batch, height, width] = pixels.shape as [number, number, number]
  const grid = [height / 14, width / 14] as const
  const bits = (mask?.data as Uint8Array | undefined) ?? new Uint8Array(batch * grid[0] * grid[1])
  const feeds = graph.feeds(tensor('uint8', pixels.data as Uint8Array, pixels.shape), tensor('bool', bits, [batch, grid[0] * grid[1]]))
  return graph.read(await session.run(feeds), batch, grid)
}

/** Takes what the class token attends to, [heads][tokens], from attention [heads][tokens][tokens]. */
function firstRows({ data, shape }: Tensor): Tensor {
  const [heads, tokens] = shape as [number, number, number]
  const rows = Array.from({ length: heads }, (_, head) => data.subarray(head * tokens * tokens, head * tokens * tokens + tokens))
  return tensor('float32', Float32Array.from(rows.flatMap((row) => [...row])), [heads, tokens])
}

/** The largest difference of one output over a batch. */
function difference(tokens: readonly BackboneTokens[], expected: GoldenTensor, part: (tokens: BackboneTokens) => Tensor): number {
  const values = expected.data as Float32Array
  const each = values.length / tokens.length
  return Math.max(...tokens.map((of, index) => largestDifference(part(of).data, values.subarray(index * each, (index + 1) * each))))
}

describe.each(BACKBONES)('a backbone gives the reference’s tokens: $name', ({ variant, folder }) => {
  if (!folder.present) return test.skip('skips what is not here', () => {})
  const open = (weights: string, family: 'meta' | 'huggingface' = 'meta'): Promise<VitBackbone> =>
    openGolden(folder, variant, weights, family)
  const sizes = folder.list(`backbone/${variant}`).flatMap((file) => /^(\d.*)\.safetensors$/.exec(file)?.[1] ?? [])

  describe.each(WEIGHTS)('from %s', (weights) => {
    let normed: Opened
    let raw: Opened
    const opened: Opened[] = []
    let layers: number[] = []

    beforeAll(async () => {
      const openWith = async (request: Parameters<VitBackbone['graph']>[0]): Promise<Opened> => {
        const backbone = await open(weights)
        const graph = backbone.graph({ ...request, masks: true })
        const made = { backbone, graph, session: await createSession(graph.model) }
        opened.push(made)
        if (inBrowser) expect(made.session.engine.name).toMatch(/^dinokit kernels/)
        return made
      }
      const { depth } = (await open(weights)).card.architecture
      layers = Array.from({ length: depth }, (_, index) => index + 1)
      normed = await openWith({ layers })
      raw = await openWith({ layers, rawLayers: layers, attention: layers })
    })
    afterAll(async () => {
      for (const { session, backbone } of opened) {
        await session.dispose()
        await backbone.close()
      }
    })

    test.each(inBrowser && weights !== WEIGHTS[0] ? ['70x70'] : sizes)('holds for %s', async (size) => {
      const expected = await folder.tensors(`backbone/${variant}/${size}.safetensors`)
      const compared = new Set<string>()
      const compare = (tokens: readonly BackboneTokens[], name: string, part: (of: BackboneTokens) => Tensor): void => {
        if (!expected[name]) return
        compared.add(name)
        expect(difference(tokens, expected[name], part), name).toBeLessThanOrEqual(META_LIMIT)
      }
      const [final, unnormed] = [await run(normed, expected.pixels!, expected.mask), await run(raw, expected.pixels!, expected.mask)]
      expect(expected.cls && expected.patches).toBeDefined()
      for (const tokens of [final, unnormed]) {
        compare(tokens, 'cls', (of) => of.cls)
        compare(tokens, 'patches', (of) => of.patches)
        compare(tokens, 'registers', (of) => of.registers)
      }
      compare(unnormed, 'prenorm', (of) => {
        const { cls, registers, patches } = of.rawLayers[layers.length]!
        return tensor('float32', Float32Array.from([...cls.data, ...registers.data, ...patches.data]), [
          cls.data.length + registers.data.length + patches.data.length,
        ])
      })
      for (const layer of layers) {
        const name = `layer${layer - 1}`
        compare(final, `${name}.cls.norm`, (of) => of.layers[layer]!.cls)
        compare(final, `${name}.patches.norm`, (of) => of.layers[layer]!.patches)
        compare(unnormed, `${name}.cls.raw`, (of) => of.rawLayers[layer]!.cls)
        compare(unnormed, `${name}.cls.norm`, (of) => of.layers[layer]!.cls)
        compare(unnormed, `${name}.patches.raw`, (of) => of.rawLayers[layer]!.patches)
        compare(unnormed, `${name}.attention`, (of) => of.attention[layer]!)
        compare(unnormed, `${name}.attention.cls`, (of) => firstRows(of.attention[layer]!))
      }
      const outputs = Object.keys(expected).filter((name) => name !== 'pixels' && name !== 'mask')
      expect([...compared].sort()).toEqual(outputs.sort())
    })
  })

  test('holds with Hugging Face’s interpolation', async () => {
    const backbone = await open('huggingface.safetensors', 'huggingface')
    const graph = backbone.graph({})
    const session = await createSession(graph.model)
    for (const size of sizes.filter((name) => !name.includes('masked'))) {
      const { pixels } = await folder.tensors(`backbone/${variant}/${size}.safetensors`)
      const { last_hidden_state: expected } = await folder.tensors(`backbone/${variant}/huggingface.${size}.safetensors`)
      const [batch, height, width] = pixels!.shape as [number, number, number]
      const outputs = await session.run(graph.feeds(tensor('uint8', pixels!.data as Uint8Array, pixels!.shape)))
      expect(outputs.tokens!.shape, size).toEqual([batch, expected!.shape[1], expected!.shape[2]])
      expect(graph.read(outputs, batch, [height / 14, width / 14])).toHaveLength(batch)
      expect(largestDifference(outputs.tokens!.data as Float32Array, expected!.data as Float32Array), size).toBeLessThanOrEqual(
        HUGGING_FACE_LIMIT,
      )
    }
    await session.dispose()
    await backbone.close()
  })

  test('gives one digest for the same weights in both layouts, and another for other weights', async () => {
    const digests = await Promise.all(WEIGHTS.map(async (weights) => (await open(weights)).digest))
    expect(digests[0]).toBe(digests[1])
    const other = await openGolden(folder, variant === 'mlp' ? 'swiglu-reg4' : 'mlp', 'meta.pth', 'meta')
    expect(other.digest).not.toBe(digests[0])
  })

  test('gives the queries, keys and values that the reference’s formula makes of the layer before', async () => {
    const config = JSON.parse(new TextDecoder().decode(await folder.read(`backbone/${variant}/config.json`))) as {
      dim: number
      layerNormEps: number
    }
    const backbone = await open('meta.pth')
    const graph = backbone.graph({ rawLayers: [1], facets: [2] })
    const session = await createSession(graph.model)
    const { pixels } = await folder.tensors(`backbone/${variant}/70x70.safetensors`)
    const outputs = await session.run(graph.feeds(tensor('uint8', pixels!.data as Uint8Array, pixels!.shape)))
    const [first] = graph.read(outputs, pixels!.shape[0]!, [5, 5])
    const file = await openTensorFile(bytesSource('meta.pth', await folder.read(`backbone/${variant}/meta.pth`)))
    const read = (name: string): Promise<Float32Array> => file.tensors.get(`blocks.1.${name}`)!.readFloat32()
    const [scale, shift, weight, bias] = (await Promise.all(
      ['norm1.weight', 'norm1.bias', 'attn.qkv.weight', 'attn.qkv.bias'].map(read),
    )) as [Float32Array, Float32Array, Float32Array, Float32Array]
    const { cls, registers, patches } = first!.rawLayers[1]!
    const stream = Float32Array.from([...cls.data, ...registers.data, ...patches.data])
    const { dim } = config
    const facets = first!.facets[2]!
    ;[facets.query, facets.key, facets.value].forEach((facet, which) => {
      const expected = new Float64Array(stream.length)
      for (let token = 0; token < stream.length / dim; token++) {
        const x = stream.subarray(token * dim, (token + 1) * dim)
        const mean = x.reduce((a, b) => a + b, 0) / dim
        const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / dim + config.layerNormEps)
        const normed = Array.from(x, (value, i) => ((value - mean) / deviation) * scale[i]! + shift[i]!)
        for (let out = 0; out < dim; out++) {
          const row = which * dim + out
          expected[token * dim + out] = normed.reduce((sum, value, i) => sum + value * weight[row * dim + i]!, bias[row]!)
        }
      }
      expect(facet.shape).toEqual([stream.length / dim, dim])
      expect(largestDifference(facet.data, expected)).toBeLessThanOrEqual(META_LIMIT)
    })
    await session.dispose()
    await backbone.close()
  })
})
