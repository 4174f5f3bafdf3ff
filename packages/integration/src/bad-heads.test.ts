import { sampleFingerprint, sampleTokens } from '@dinokit/conformance'
import { writeSafetensors } from '@dinokit/checkpoint'
import { HEAD_FILE_KEY, onnxHead, writeHeadFile, type HeadDescription, type HeadFile, type HeadTensor } from '@dinokit/head-kit'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { createGraphBuilder, encodeSelfContained } from '@dinokit/onnx'
import {
  classification,
  createRuntime,
  findModelCard,
  knn,
  open,
  openHead,
  tensor,
  type AnyTensor,
  type Head,
  type HeadHost,
  type ImageSource,
} from 'dinokit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const card = findModelCard('tiny')
const host: HeadHost = { card, fingerprint: sampleFingerprint(card), heads: {}, runtime: createRuntime() }

const weight = (...shape: number[]): HeadTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i) / 10),
})
const DESCRIPTION: HeadDescription = {
  format: 2,
  task: 'segmentation',
  name: 'parts',
  backbone: { dim: 192, model: 'tiny', weights: 'sample' },
  input: { layers: [12], norm: true, tokens: ['patches'] },
  network: [{ kind: 'convolution' }],
  output: { kind: 'classes' },
  classes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
}
const GOOD: HeadFile = { description: DESCRIPTION, tensors: new Map([['network.0.weight', weight(3, 192, 1, 1)]]) }

/** A head file of which something was changed, without the checks of the writer. */
function file(change: Partial<HeadDescription> = {}, tensors: Record<string, HeadTensor> = Object.fromEntries(GOOD.tensors)): Uint8Array {
  const plain = Object.fromEntries(Object.entries(tensors).map(([name, { data, shape }]) => [name, tensor('float32', data, shape)]))
  return writeSafetensors(plain, { [HEAD_FILE_KEY]: JSON.stringify({ ...DESCRIPTION, ...change }) })
}
const bare = (tensors: Record<string, AnyTensor>): Uint8Array => writeSafetensors(tensors)
const opened = (head: Head<never>): Promise<unknown> => openHead(head as Head, host)

test('numbers classes without names', async () => {
  await using head = await openHead(segmentation({ weights: file({ classes: undefined as never }) }), host)
  const size = { width: 28, height: 14 }
  const { classes } = await head.run(sampleTokens(card, { source: size, resized: size, left: 0, top: 0, input: size }))
  expect(classes.every(({ name, index }) => name === `class ${index}`)).toBe(true)
})

test('numbers 1,000 classes without names: so many may be others than ImageNet’s', async () => {
  await using head = await openHead(
    classification({ weights: bare({ weight: tensor('float32', new Float32Array(384_000), [1000, 384]) }) }),
    host,
  )
  const size = { width: 14, height: 14 }
  const tokens = sampleTokens(card, { source: size, resized: size, left: 0, top: 0, input: size })
  const { classes } = await head.run(tokens, { top: 1000 })
  expect(classes).toHaveLength(1000)
  expect(classes.every(({ name, index }) => name === `class ${index}`)).toBe(true)
})

test('reads the good file', async () => {
  await using head = await openHead(segmentation({ weights: file() }), host)
  const tokens = sampleTokens(card, {
    source: { width: 28, height: 14 },
    resized: { width: 28, height: 14 },
    left: 0,
    top: 0,
    input: { width: 28, height: 14 },
  })
  const { labels, classes } = await head.run(tokens)
  expect(labels.shape).toEqual([14, 28])
  expect(classes.reduce((sum, { pixels }) => sum + pixels, 0)).toBe(14 * 28)
  expect(writeHeadFile(GOOD)).toEqual(file())
})

describe('a head file', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    [
      'for another width of backbone',
      file({ backbone: { dim: 384 } }, { 'network.0.weight': weight(3, 384, 1, 1) }),
      'model-unsupported',
      /384.*tiny.*192/,
    ],
    [
      'for other weights of that width',
      file({ backbone: { dim: 192, model: 'tiny', weights: 'abc' } }),
      'fingerprint-mismatch',
      /weights is sample|abc/,
    ],
    [
      'for a deeper backbone',
      file({ input: { layers: [24], norm: true, tokens: ['patches'] } }),
      'model-unsupported',
      /layer 24.*tiny has 12/,
    ],
    [
      'whose layers are not those of its tensors',
      file({ input: { layers: [6, 12], norm: true, tokens: ['patches'] } }),
      'tensor-invalid',
      /network\.0\.weight.*\[3, 192, 1, 1\]/,
    ],
    [
      'that reads attention of heads that are not said',
      file({ input: { layers: [12], norm: true, tokens: ['attention'] } }),
      'checkpoint-invalid',
      /backbone.*192/,
    ],
    [
      'that reads attention of more heads than there are',
      file(
        { backbone: { dim: 192, heads: 6 }, input: { layers: [12], norm: true, tokens: ['attention'] } },
        { 'network.0.weight': weight(3, 6, 1, 1) },
      ),
      'model-unsupported',
      /6 heads.*tiny has 3/,
    ],
    ['without a tensor', file({}, {}), 'tensor-missing', /network\.0\.weight/],
    [
      'with a tensor too many',
      file({}, { ...Object.fromEntries(GOOD.tensors), 'network.7.weight': weight(2) }),
      'tensor-invalid',
      /network\.7\.weight/,
    ],
    ['with more names than classes', file({ classes: [...DESCRIPTION.classes!, { name: 'd' }] }), 'tensor-invalid', /3 logits.*4 classes/],
    ['for another task', file({ task: 'depth', output: { kind: 'bins', min: 1, max: 2 } }), 'checkpoint-invalid', /depth/],
    ['of a later format', file({ format: 9 as 2 }), 'contract-mismatch', /newer dinokit/],
    ['of no format', file({ format: 'two' as never }), 'checkpoint-invalid', /format two/],
    ['of a step that nobody knows', file({ network: [{ kind: 'mystery' as 'relu' }] }), 'checkpoint-invalid', /mystery/],
    ['with an even kernel', file({}, { 'network.0.weight': weight(3, 192, 2, 2) }), 'tensor-invalid', /2x2/],
    ['with an invalid range', file({ task: 'depth', output: { kind: 'log', min: 5, max: 1 } }), 'checkpoint-invalid', /range/],
    ['without tokens', file({ input: { layers: [12], norm: true, tokens: [] } }), 'checkpoint-invalid', /tokens/],
    ['whose description is not JSON', writeSafetensors({}, { [HEAD_FILE_KEY]: '{' }), 'checkpoint-invalid', /JSON/],
    ['that is something else', bare({ x: tensor('float32', new Float32Array(2), [2]) }), 'checkpoint-invalid', /segmentation head/],
    ['that is no file of tensors', new TextEncoder().encode('this is no head at all'), 'checkpoint-invalid', /./],
  ])('rejects %s', async (_, weights, code, message) => {
    const error: unknown = await opened(segmentation({ weights })).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ name: 'DinokitError', code })
    expect((error as Error).message).toMatch(message)
  })

  test('writes none that can’t be read again', () => {
    expect(() => writeHeadFile({ ...GOOD, tensors: new Map() })).toThrow(expect.objectContaining({ code: 'tensor-missing' }))
  })
})

describe('a head, by its options,', () => {
  const linear = bare({ weight: tensor('float32', weight(4, 384).data, [4, 384]), bias: tensor('float32', weight(4).data, [4]) })

  test.each<[string, Head<never>, string, RegExp]>([
    ['a name that nothing has', depth({ weights: 'nyu-colossal' }), 'head-unknown', /nyu-colossal.*tiny/],
    ['a published head, of a model that has none', depth({ weights: 'nyu-dpt' }), 'head-unknown', /nyu-dpt.*tiny/],
    ['a path where nothing is', segmentation({ weights: './gone.safetensors' }), 'file-not-found', /gone/],
    ['an invalid range', depth({ weights: linear, range: [3, 1] }), 'invalid-option', /\[3,1\]/],
    ['too few names', classification({ weights: linear, classes: [{ name: 'one' }] }), 'invalid-option', /1 names.*4 classes/],
    [
      'a matrix for another width',
      classification({ weights: bare({ weight: tensor('float32', new Float32Array(500), [1, 500]) }) }),
      'tensor-invalid',
      /500.*192/,
    ],
  ])('rejects %s', async (_, head, code, message) => {
    await expect(opened(head)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test('rejects what does not fit together for kNN', () => {
    const embeddings = tensor('float32', new Float32Array(8), [2, 4])
    expect(() => knn({ embeddings, labels: [0], classes: [{ name: 'a' }] })).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
    expect(() => knn({ embeddings, labels: [0, 7], classes: [{ name: 'a' }] })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    expect(() => knn({ embeddings, labels: [0, 0], classes: [{ name: 'a' }], k: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })

  test('rejects embeddings of another model for kNN', async () => {
    const fingerprint = { ...host.fingerprint, model: 'dinov2-small', weights: 'other' }
    const head = knn({
      embeddings: tensor('float32', new Float32Array(192).fill(1), [1, 192]),
      labels: [0],
      classes: [{ name: 'a' }],
      fingerprint,
    })
    await expect(opened(head)).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
  })

  test('rejects the wrong names fed to an ONNX head', async () => {
    const g = createGraphBuilder('g')
    g.output('y', g.apply('Identity', [g.input('x', 'float32', [192])]), 'float32', [192])
    const parts: Uint8Array[] = []
    for await (const chunk of encodeSelfContained(g.build()).chunks()) parts.push(chunk)
    const model = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
    await using head = await openHead(onnxHead({ model, inputs: ({ cls }) => ({ z: cls }), decode: ({ y }) => ({ y: y! }) }), host)
    const tokens = sampleTokens(card, {
      source: { width: 14, height: 14 },
      resized: { width: 14, height: 14 },
      left: 0,
      top: 0,
      input: { width: 14, height: 14 },
    })
    await expect(head.run(tokens)).rejects.toMatchObject({
      code: 'head-failed',
      message: expect.stringMatching(/fed z.*Expected x/) as string,
    })
  })
})

describe('a head answers for images of odd sizes', () => {
  const gray = (width: number, height: number): ImageSource => ({ data: new Uint8Array(width * height * 3).fill(99), width, height })
  const depthFile = file(
    { task: 'depth', backbone: { dim: 192 }, output: { kind: 'log', min: 0.1, max: 10 }, classes: undefined as never },
    { 'network.0.weight': weight(1, 192, 1, 1) },
  )

  const openBoth = () =>
    open({ heads: { parts: segmentation({ weights: file({ backbone: { dim: 192 } }) }), depth: depth({ weights: depthFile }) } })
  let vision: Awaited<ReturnType<typeof openBoth>>
  beforeAll(async () => {
    vision = await openBoth()
  })
  afterAll(() => vision.dispose())

  test.each([
    [1, 1],
    [20_000, 30],
    [3, 700],
  ])('holds for %ix%i', async (width, height) => {
    const { heads } = await vision.analyze(gray(width, height))
    expect(heads.parts.error).toBeUndefined()
    // As it is, a strip of 20,000 pixels is 4,287 patches: more attention than WebAssembly has memory for.
    for (const size of [undefined, 224, ...(width < 10_000 ? (['pad'] as const) : [])] as const) {
      const options = size === undefined ? {} : { size }
      const { map: meters, min, max } = await vision.heads.depth(gray(width, height), options)
      expect(meters.shape).toEqual([height, width])
      expect(min).toBeGreaterThanOrEqual(0.1)
      expect(max).toBeLessThanOrEqual(10)
      const { labels } = await vision.heads.parts(gray(width, height), options)
      expect(labels.shape).toEqual([height, width])
      // A crop of the center leaves the rest unknown, and says so.
      const cropped = size === 224 && (width > height * 2 || height > width * 2)
      expect([...new Set(labels.data)].includes(labels.unknown)).toBe(cropped)
    }
  })
})
