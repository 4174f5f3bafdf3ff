import { createMemoryStore, layoutFor, selectTensors } from '@dinokit/store'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { open, readTokenFile, tokenFile, type CardFields, type ImageSource, type Tokens } from 'dinokit'
import { describe, expect, test } from 'vitest'

const VIRCHOW: CardFields = { embedding: 'class-and-mean' }
const HISTOLOGY: CardFields = { mean: [0.707223, 0.578729, 0.703617], std: [0.211883, 0.230117, 0.177517] }

/** Backbones of other fields, narrower than they are (goldens/make_fields.py), with what their configurations leave out. */
const FORMS: readonly (readonly [name: string, card: CardFields, pooling: string])[] = [
  ['rad-dino', {}, 'cls'],
  ['uni', { heads: 16 }, 'cls'],
  ['uni2-h', { heads: 4 }, 'cls'],
  ['virchow', VIRCHOW, 'class-and-mean'],
  ['virchow2', VIRCHOW, 'class-and-mean'],
  ['h-optimus-0', { heads: 4, ...HISTOLOGY }, 'cls'],
]

const pathOf = (name: string): string => ownGoldens.address(`fields/${name}`).href

async function imageOf(size: string): Promise<ImageSource> {
  const { data, shape } = (await ownGoldens.tensors('checkpoints/images.safetensors'))[size]!
  return { data: data as Uint8Array, width: shape[2]!, height: shape[1]! }
}

function allTokens({ cls, registers, patches }: Tokens): Float32Array {
  return Float32Array.from([...cls.data, ...registers.data, ...patches.data])
}

describe.each(FORMS.map(([name, card, pooling]) => ({ name, card, pooling })))('$name', ({ name, card, pooling }) => {
  test('gives its library’s tokens, and the vector by which its makers have it stand for an image', async () => {
    const expected = await ownGoldens.tensors(`fields/${name}/expected.safetensors`)
    await using vision = await open({ model: pathOf(name), card })
    expect(vision.fingerprint().pooling).toBe(pooling)
    for (const size of ['square', 'wide']) {
      const tokens = await vision.embed(await imageOf(size), { size: 'source' })
      expect(largestDifference(allTokens(tokens), expected[size]!.data as Float32Array), size).toBeLessThanOrEqual(1e-4)
      expect(largestDifference(tokens.embedding.data, expected[`${size}.embedding`]!.data as Float32Array), size).toBeLessThanOrEqual(1e-4)
    }
  })
})

test('takes heads from an architecture’s name only where the configuration is of the width of the file', async () => {
  await expect(open({ model: pathOf('uni2-h') })).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('attention heads') as string,
  })
})

test('keeps the embedding in token files, and beside its parts in stores, where it is what is searched', async () => {
  await using vision = await open({ model: pathOf('virchow2'), card: VIRCHOW })
  const [square, wide] = [await vision.embed(await imageOf('square')), await vision.embed(await imageOf('wide'), { size: 32 })]
  expect((await readTokenFile(tokenFile(square))).embedding).toEqual(square.embedding)
  const layout = layoutFor(vision)
  expect(layout.tensors).toEqual({ cls: [16], patchMean: [16], embedding: [32] })
  await using store = createMemoryStore(layout)
  const rowOf = (id: string, tokens: Tokens): Parameters<typeof store.append>[0][number] => ({
    id,
    source: id,
    hash: id,
    placement: tokens.placement,
    tensors: selectTensors(tokens, layout),
  })
  await store.append([rowOf('square', square), rowOf('wide', wide)])
  const [first] = await store.search(wide.embedding, { top: 1 })
  expect(first).toMatchObject({ id: 'wide', similarity: expect.closeTo(1, 5) as number })
  await expect(store.search(wide.cls)).rejects.toMatchObject({ code: 'tensor-invalid' })
})

test('says the mean alone too, and refuses a mean that the network would norm otherwise', async () => {
  await using mean = await open({ model: pathOf('uni'), card: { heads: 16, embedding: 'mean' } })
  const { embedding, patches, fingerprint } = await mean.embed(await imageOf('square'))
  const { data } = patches
  const expected = Array.from({ length: 16 }, (_, i) => data.filter((_value, at) => at % 16 === i).reduce((a, b) => a + b, 0) / 16)
  expect(largestDifference(embedding.data, Float32Array.from(expected))).toBeLessThanOrEqual(1e-5)
  expect(fingerprint.pooling).toBe('mean')
  const pooled = ownGoldens.address('checkpoints/timm-mean').href
  await expect(open({ model: pooled, card: { embedding: 'mean' } })).rejects.toMatchObject({ code: 'model-unsupported' })
})
