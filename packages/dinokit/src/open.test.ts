import { cosineSimilarity } from '@dinokit/analysis'
import { openTensorFile, writeSafetensors } from '@dinokit/checkpoint'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { golden, hasShared, largestDifference, listShared, readShared, sharedAddress, sharedPath } from '@dinokit/testing'
import {
  classification,
  createRuntime,
  createVision,
  DinokitError,
  loadBackbone,
  open,
  tensor,
  type AnyTensor,
  type ImageSource,
  type Runtime,
  type Tensor,
} from 'dinokit'
import { inPrecision, type VitBackbone } from '@dinokit/vit'
import { describe, expect, test } from 'vitest'

const IMAGES = {
  cat: new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url),
  coffee: new URL('../../../examples/first-look/images/coffee.jpg', import.meta.url),
  rocket: new URL('../../../examples/first-look/images/rocket.jpg', import.meta.url),
}
const CAT = IMAGES.cat
const inBrowser = 'document' in globalThis
const gray = (width = 224, height = 224, level = 128): ImageSource => ({
  data: new Uint8Array(width * height * 3).fill(level),
  width,
  height,
})
const bytesOf = async (address: URL): Promise<Uint8Array<ArrayBuffer>> => {
  const source = await createRuntime().readAsset({ kind: 'file', path: address.href })
  try {
    return new Uint8Array(await source.read(0, source.size))
  } finally {
    await source.close()
  }
}

const pixelsOf = ({ data, shape }: AnyTensor | Awaited<ReturnType<typeof golden>>[string]): ImageSource => ({
  data: data as Uint8Array,
  width: shape[2]!,
  height: shape[1]!,
})

/** Fields that the bare weights of the embedded model do not say. */
const TINY = { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const
describe.skipIf(!hasShared)('embed gives the reference’s tokens: golden/tiny14', () => {
  const names = listShared('golden/tiny14').filter((name) => name.endsWith('.safetensors'))
  // The browser's engine takes four times as long: a quarter of the images there.
  const files = names.filter((_, index) => !inBrowser || index % 4 === 0)

  test.each([
    ['float32 weights', sharedPath('models/tiny14/model.safetensors'), 'shape'],
    ['a ready-made ONNX file', sharedPath('models/tiny14-huggingface/onnx/model.onnx'), 'native'],
  ])('holds for %s: tokens within 1e-3 and cosine .99999', async (_, model, sizes) => {
    await using vision = await open({ model, card: TINY })
    for (const file of files) {
      const expected = await golden(`tiny14/${file}`)
      const compare = async (suffix: string): Promise<void> => {
        const tokens = await vision.embed(pixelsOf(expected[`pixels${suffix}`]!), { size: 'source' })
        const cls = tensor('float32', expected[`cls${suffix}`]!.data as Float32Array, [192])
        expect(largestDifference(tokens.cls.data, cls.data), file).toBeLessThanOrEqual(1e-3)
        expect(cosineSimilarity(tokens.cls, cls)).toBeGreaterThanOrEqual(0.99999)
        const patches = expected[`patches${suffix}`]
        if (patches) expect(largestDifference(tokens.patches.data, patches.data as Float32Array), file).toBeLessThanOrEqual(1e-3)
      }
      await compare('')
      // A ready-made file resamples positions as Hugging Face does; the expected numbers at other sizes are Meta's.
      if (sizes === 'shape' && expected.pixels448x336) await compare('448x336')
    }
  })

  test('stays within cosine .9999, every token, with the embedded weights in 16 bits', async () => {
    await using vision = await open()
    for (const file of files) {
      const expected = await golden(`tiny14/${file}`)
      const { cls, patches } = await vision.embed(pixelsOf(expected.pixels!), { size: 'source' })
      const of = (data: Float32Array, index: number): Tensor => tensor('float32', data.subarray(index * 192, (index + 1) * 192), [192])
      expect(cosineSimilarity(cls, of(expected.cls!.data as Float32Array, 0))).toBeGreaterThanOrEqual(0.9999)
      for (let patch = 0; patch < 256; patch++) {
        expect(cosineSimilarity(of(patches.data, patch), of(expected.patches!.data as Float32Array, patch))).toBeGreaterThanOrEqual(0.9999)
      }
    }
  })

  test('stays within cosine .99, and .9995 in the mean, for tokens of a backbone with weights in 8 bits, whose fingerprint says so', async () => {
    const backbone = (await loadBackbone(createRuntime(), 'tiny')) as VitBackbone
    await using vision = await createVision(createRuntime(), inPrecision(backbone, { precision: 'int8-weights' }))
    const cosines: number[] = []
    for (const file of files) {
      const expected = await golden(`tiny14/${file}`)
      const { patches, fingerprint } = await vision.embed(pixelsOf(expected.pixels!), { size: 'source' })
      expect(fingerprint.precision).toBe('int8-weights')
      const of = (data: Float32Array, index: number): Tensor => tensor('float32', data.subarray(index * 192, (index + 1) * 192), [192])
      for (let patch = 0; patch < 256; patch++)
        cosines.push(cosineSimilarity(of(patches.data, patch), of(expected.patches!.data as Float32Array, patch)))
    }
    expect(Math.min(...cosines)).toBeGreaterThan(0.99)
    expect(cosines.reduce((a, b) => a + b) / cosines.length).toBeGreaterThan(0.9995)
  })

  test('holds from the file to the input: the pixels are the reference’s but for the JPEG decoder’s last bit', async () => {
    const { images } = JSON.parse(new TextDecoder().decode(await readShared('golden/tiny14/config.json'))) as {
      images: { file: string; image: string }[]
    }
    await using vision = await open()
    for (const { file, image } of images.filter(({ file }) => files.includes(file))) {
      const { pixels } = await vision.embed(sharedAddress(`data/${image}`), { pixels: true })
      const expected = (await golden(`tiny14/${file}`)).pixels!.data as Uint8Array
      expect(largestDifference(pixels!.data, expected), image).toBeLessThanOrEqual(4)
      const mean = pixels!.data.reduce((sum, value, i) => sum + Math.abs(value - expected[i]!), 0) / expected.length
      expect(mean).toBeLessThan(0.1)
    }
  })
})

test.skipIf(!hasShared)('opens timm’s checkpoint by its path: patches of 16', async () => {
  const card = { heads: 3, interpolation: 'antialias', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const
  await using vision = await open({ model: sharedPath('models/vit-tiny-patch16/model.safetensors'), card })
  const cat = await vision.embed(CAT)
  expect(cat.patches.shape).toEqual([14, 14, 192])
  await using tiny = await open()
  // The embedded model was made of this one: they see alike.
  expect(cosineSimilarity(cat.cls, (await tiny.embed(CAT)).cls)).toBeGreaterThan(0.9)
  expect(cosineSimilarity(cat.cls, (await tiny.embed(IMAGES.coffee)).cls)).toBeLessThan(0.5)
  await expect(vision.embed(CAT, { size: { width: 224, height: 210 } })).rejects.toMatchObject({ code: 'size-invalid' })
})

describe('the embedded model', () => {
  test('knows a cat, an espresso and a missile', async () => {
    await using vision = await open({ heads: { classify: classification() } })
    const best = async (image: URL): Promise<string> => (await vision.heads.classify(image, { top: 1 })).classes[0]!.name
    expect([await best(IMAGES.cat), await best(IMAGES.coffee), await best(IMAGES.rocket)]).toEqual(['Egyptian cat', 'espresso', 'missile'])
  })

  test('gives typed tokens with shapes, placement and fingerprint', async () => {
    await using vision = await open({ layers: [3, 12], attention: [1, 12], facets: [11] })
    const tokens = await vision.embed(CAT, { size: { width: 56, height: 42 } })
    expect(tokens.cls.shape).toEqual([192])
    expect(tokens.registers.shape).toEqual([0, 192])
    expect(tokens.patches.shape).toEqual([3, 4, 192])
    expect(tokens.layers[3]!.patches.shape).toEqual([3, 4, 192])
    expect(tokens.layers[12]!.cls).toEqual(tokens.cls)
    expect(tokens.facets[11]!.key.shape).toEqual([13, 192])
    for (const map of [tokens.attention[1]!, tokens.attention[12]!]) {
      expect(map.shape).toEqual([3, 13, 13])
      for (let row = 0; row < 39; row++) expect(map.data.subarray(row * 13, (row + 1) * 13).reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    }
    expect(tokens.placement).toEqual({
      source: { width: 451, height: 300 },
      resized: { width: 56, height: 42 },
      left: 0,
      top: 0,
      input: { width: 56, height: 42 },
    })
    expect(tokens.fingerprint).toEqual(vision.fingerprint({ width: 56, height: 42 }))
    expect(tokens.fingerprint).not.toEqual(vision.fingerprint())
  })

  test('replaces patches by masks, and only where the model was opened for them', async () => {
    await using plain = await open()
    const mask = tensor('bool', new Uint8Array(256).fill(1, 0, 128), [16, 16])
    await expect(plain.embed(CAT, { mask })).rejects.toMatchObject({ code: 'invalid-option' })
    await using masking = await open({ masks: true })
    const [whole, masked] = [await masking.embed(CAT), await masking.embed(CAT, { mask })]
    expect(largestDifference(whole.cls.data, (await plain.embed(CAT)).cls.data)).toBeLessThan(1e-4)
    expect(cosineSimilarity(whole.cls, masked.cls)).toBeLessThan(0.999)
    await expect(masking.embed(CAT, { mask: tensor('bool', new Uint8Array(4), [2, 2]) })).rejects.toMatchObject({ code: 'tensor-invalid' })
  })

  test('gives the same tokens by attention written out and by attention in one node', async () => {
    await using fused = await open()
    await using plain = await open({ attention: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] })
    const [a, b] = [await fused.embed(CAT), await plain.embed(CAT)]
    expect(largestDifference(a.patches.data, b.patches.data)).toBeLessThan(5e-3)
    expect(cosineSimilarity(a.cls, b.cls)).toBeGreaterThan(0.999999)
  })

  test.each([
    [{ layers: [13] }, 'output-unavailable'],
    [{ attention: [0] }, 'output-unavailable'],
    [{ facets: [1.5] }, 'output-unavailable'],
    [{ model: 'dinov3-colossal' }, 'model-unknown'],
  ])('rejects %o', async (options, code) => {
    await expect(open(options)).rejects.toMatchObject({ code, name: 'DinokitError' })
  })
})

describe('stream', () => {
  test('keeps the order, names what fails, and goes on', async () => {
    await using vision = await open()
    const sources: ImageSource[] = [CAT, new Blob([]), IMAGES.coffee, new TextEncoder().encode('no image'), IMAGES.rocket, gray()]
    for (const batch of [1, 4]) {
      const items = []
      for await (const item of vision.stream(sources, { batch })) items.push(item)
      expect(items.map(({ index, source }) => [index, source])).toEqual(sources.map((source, index) => [index, source]))
      expect(items.map(({ error }) => error?.code)).toEqual([
        undefined,
        'image-unreadable',
        undefined,
        'image-unsupported',
        undefined,
        undefined,
      ])
      const alone = await vision.embed(IMAGES.rocket)
      expect(largestDifference(items[4]!.tokens!.patches.data, alone.patches.data)).toBeLessThan(5e-3)
    }
  })

  test('makes several runs of a batch of images of several sizes', async () => {
    await using vision = await open()
    const sizes = [
      [28, 28],
      [42, 28],
      [28, 28],
      [14, 70],
    ] as const
    const shapes = []
    for await (const { tokens } of vision.stream(
      sizes.map(([width, height]) => gray(width, height)),
      { batch: 4, size: 'source' },
    ))
      shapes.push(tokens!.patches.shape)
    expect(shapes).toEqual([
      [2, 2, 192],
      [2, 3, 192],
      [2, 2, 192],
      [5, 1, 192],
    ])
  })

  test('decodes no more than it was told to ahead of the model’s runs', async () => {
    const runtime = createRuntime()
    let decoded = 0
    const counting: Runtime<ImageSource> = {
      ...runtime,
      decodeImage: (source, options) => (decoded++, runtime.decodeImage(source, options)),
    }
    await using vision = await createVision(counting, await loadBackbone(runtime, 'tiny'))
    let seen = 0
    for await (const item of vision.stream(
      Array.from({ length: 30 }, () => gray(28, 28)),
      { size: 'source', ahead: 3 },
    )) {
      expect(item.error).toBeUndefined()
      // The one in the consumer's hands, the two handed to the model, the three ahead of it.
      expect(decoded - seen).toBeLessThanOrEqual(1 + 2 + 3)
      seen++
    }
    expect(seen).toBe(30)
  })

  test('can be canceled, and left', async () => {
    await using vision = await open()
    const controller = new AbortController()
    const looking = (async () => {
      for await (const { index } of vision.stream(
        Array.from({ length: 50 }, () => gray()),
        { signal: controller.signal },
      ))
        if (index === 1) controller.abort()
    })()
    await expect(looking).rejects.toMatchObject({ code: 'aborted' })
    for await (const { index } of vision.stream(Array.from({ length: 50 }, () => gray()))) if (index === 1) break
    expect((await vision.embed(gray())).cls.shape).toEqual([192])
  })

  test.each([{ batch: 0 }, { batch: 1.5 }, { batch: 8, ahead: 4 }])('rejects %o', async (options) => {
    await using vision = await open()
    await expect(vision.stream([CAT], options).next()).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

describe('disposal', () => {
  test('is safe twice, waits for work under way, and is clear afterwards', async () => {
    const vision = await open()
    const working = vision.embed(CAT)
    await Promise.all([vision.dispose(), vision.dispose(), working.catch(() => {})])
    await vision.dispose()
    const disposed = expect.objectContaining({ code: 'disposed' })
    await expect(vision.embed(CAT)).rejects.toThrow(disposed)
    await expect(vision.stream([CAT]).next()).rejects.toThrow(disposed)
  })

  test('leaves nothing behind when an opening is aborted', async () => {
    await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('rejects a runtime of another contract by name', async () => {
    const other = { ...createRuntime(), contract: 2 as never }
    await expect(createVision(other, await loadBackbone(createRuntime(), 'tiny'))).rejects.toMatchObject({ code: 'contract-mismatch' })
  })
})

describe('open, with a file that a user picked,', () => {
  const tiny = async (): Promise<Record<string, AnyTensor>> => {
    const file = await openTensorFile(await createRuntime().readAsset({ kind: 'file', path: TINY_ASSETS.weights.href }))
    const tensors: Record<string, AnyTensor> = {}
    for (const [key, stored] of file.tensors) tensors[key] = tensor('float32', await stored.readFloat32(), stored.shape)
    await file.close()
    return tensors
  }

  test('gives the same tokens by a copy of the embedded weights', async () => {
    await using copy = await open({ model: new File([await bytesOf(TINY_ASSETS.weights)], 'copy.safetensors'), card: TINY })
    await using own = await open()
    expect(copy.fingerprint().weights).toBe(own.fingerprint().weights)
    expect(copy.card.id).toBe('copy.safetensors')
    expect(largestDifference((await copy.embed(CAT)).patches.data, (await own.embed(CAT)).patches.data)).toBe(0)
  })

  test.each<[string, (tensors: Record<string, AnyTensor>) => void, string, RegExp]>([
    ['missing-tensor', (tensors) => void delete tensors['blocks.3.mlp.fc1.weight'], 'tensor-missing', /blocks\.3\.mlp\.fc1\.weight/],
    [
      'wrong-shape',
      (tensors) => void (tensors['norm.weight'] = tensor('float32', new Float32Array(5), [5])),
      'tensor-invalid',
      /norm\.weight/,
    ],
    ['wrong-dtype', (tensors) => void (tensors['norm.weight'] = tensor('int32', new Int32Array(192), [192])), 'tensor-invalid', /I32/],
    ['no-backbone', (tensors) => void delete tensors.cls_token, 'model-unsupported', /without a class token/],
    [
      'no-class-token',
      (tensors) => {
        delete tensors.cls_token
        delete tensors.mask_token
      },
      'model-unsupported',
      /without a class token/,
    ],
    [
      'odd-grid',
      (tensors) => void (tensors.pos_embed = tensor('float32', new Float32Array(192 * 8), [1, 8, 192])),
      'model-unsupported',
      /positions: it has 7\b/,
    ],
  ])('names %s', async (name, change, code, message) => {
    const tensors = await tiny()
    change(tensors)
    const model = new File([writeSafetensors(tensors) as Uint8Array<ArrayBuffer>], `${name}.safetensors`)
    await expect(open({ model, card: TINY })).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test.each(['empty.safetensors', 'empty.onnx', 'text.onnx', 'text.pth'])('rejects %s', async (name) => {
    const model = new File(name.startsWith('empty') ? [] : ['this is no model at all, is it'], name)
    await expect(open({ model })).rejects.toMatchObject({ code: 'checkpoint-invalid' })
  })

  test('rejects a truncated checkpoint', async () => {
    const bytes = await bytesOf(TINY_ASSETS.weights)
    const model = new File([bytes.subarray(0, bytes.length - 1000)], 'truncated.safetensors')
    await expect(open({ model })).rejects.toMatchObject({ code: 'checkpoint-invalid' })
  })
})

test('recognizes an error across copies of the package', async () => {
  const error: unknown = await open({ model: 'nope' }).catch((cause: unknown) => cause)
  expect(DinokitError.is(error)).toBe(true)
  expect(DinokitError.is(error, 'model-unknown')).toBe(true)
  expect(DinokitError.is(new Error('x'))).toBe(false)
})
