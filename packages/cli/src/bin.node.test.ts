import { RELATED_MODELS } from '@dinokit/core/relatives'
import { cosineSimilarity } from '@dinokit/analysis'
import { depth } from '@dinokit/head-depth'
import { writeHeadFile, type HeadTensor } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import { largestDifference, parseGolden, type Golden } from '@dinokit/testing'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { open } from 'dinokit'
import { runDinokit, spawnDinokit, type CommandRun } from './testing/run-dinokit.ts'

const IMAGES = fileURLToPath(new URL('../../../examples/first-look/images/', import.meta.url))
const CAT = join(IMAGES, 'chelsea.jpg')

const dinokit = (args: readonly string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

describe('embed', () => {
  test('writes everything that was asked for into one safetensors file', async () => {
    const { code, stdout, stderr } = await dinokit([
      'embed',
      CAT,
      '--layers',
      '3,12',
      '--attention',
      '12',
      '--pixels',
      '--size',
      '56x42',
      '--out',
      'cat.safetensors',
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('cat.safetensors')
    const bytes = new Uint8Array(await readFile(join(folder, 'cat.safetensors')))
    const shapes = Object.fromEntries(Object.entries(parseGolden(bytes)).map(([name, { shape }]) => [name, shape]))
    expect(shapes).toEqual({
      cls: [192],
      registers: [0, 192],
      patches: [3, 4, 192],
      'layer3.cls': [192],
      'layer3.registers': [0, 192],
      'layer3.patches': [3, 4, 192],
      'layer12.cls': [192],
      'layer12.registers': [0, 192],
      'layer12.patches': [3, 4, 192],
      attention12: [3, 13, 13],
      pixels: [42, 56, 3],
    })
    await using vision = await open()
    const tokens = await vision.embed(CAT, { size: { width: 56, height: 42 } })
    // One attention is written out here and not there: the same sums in another order.
    expect(largestDifference(parseGolden(bytes).patches!.data as Float32Array, tokens.patches.data)).toBeLessThan(1e-3)
    const header = JSON.parse(
      new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)))),
    ) as { __metadata__: Record<string, string> }
    expect(header.__metadata__.model).toBe('tiny')
    expect(JSON.parse(header.__metadata__.fingerprint!)).toEqual(tokens.fingerprint)
    expect(JSON.parse(header.__metadata__.placement!)).toEqual(tokens.placement)
  })

  test('takes folders, --recursive and globs, prints one line of JSON each, names the failed ones, and exits with 1', async () => {
    const album = join(folder, 'album')
    await mkdir(join(album, 'deep'), { recursive: true })
    await cp(CAT, join(album, 'a.jpg'))
    await cp(CAT, join(album, 'deep', 'a.jpg'))
    await writeFile(join(album, 'broken.png'), 'no image')
    await writeFile(join(album, 'notes.txt'), 'no image either')
    const flat = await dinokit(['embed', 'album', '--json', '--out', 'flat'])
    expect(flat.code).toBe(1)
    expect(flat.lines().map(({ input, error }) => [input, error?.code])).toEqual([
      ['album/a.jpg', undefined],
      ['album/broken.png', 'image-unsupported'],
      [undefined, undefined],
    ])
    const deep = await dinokit(['embed', 'album', 'album/**/a.jpg', 'gone.jpg', '--recursive', '--json', '--out', 'deep', '--batch', '2'])
    expect(deep.code).toBe(1)
    const answers = deep.lines().slice(0, -1)
    expect(answers.map(({ output, error }) => output ?? error!.code)).toEqual([
      'deep/a.safetensors',
      'image-unsupported',
      'deep/deep/a.safetensors',
      'file-not-found',
    ])
    expect((await readdir(join(folder, 'deep'), { recursive: true })).sort()).toEqual(['a.safetensors', 'deep', 'deep/a.safetensors'])
  })

  test('prints the class token as JSON without --out', async () => {
    const { lines } = await dinokit(['embed', CAT, '--json'])
    expect((lines()[0]!.output as { cls: number[]; patches: number[] }).cls).toHaveLength(192)
  })

  test('fails every image by name where the model can’t be opened', async () => {
    await writeFile(join(folder, 'bad.pth'), 'no model, but long enough to be one')
    const { code, lines } = await dinokit(['embed', CAT, join(IMAGES, 'coffee.jpg'), '--model', 'bad.pth', '--json'])
    expect(code).toBe(1)
    expect(lines().map(({ error }) => error!.code)).toEqual(['checkpoint-invalid', 'checkpoint-invalid'])
  })

  test('fails an image whose output can’t be written', async () => {
    await writeFile(join(folder, 'a-file'), '')
    const { code, lines } = await dinokit(['embed', CAT, '--out', 'a-file/inside', '--json'])
    expect([code, lines()[0]!.error!.code]).toEqual([1, 'file-unwritable'])
  })

  test('leaves whole files only when it is interrupted', async () => {
    const many = join(folder, 'many')
    await mkdir(many)
    for (let i = 0; i < 40; i++) await cp(CAT, join(many, `${String(i).padStart(2, '0')}.jpg`))
    const { code, stdout } = await spawnDinokit(['embed', 'many', '--out', 'interrupted', '--layers', '1,2,3,4,5,6'], {
      cwd: folder,
      interruptAfter: (text) => text.split('\n').length > 4,
    })
    expect(code).toBe(130)
    const written = await readdir(join(folder, 'interrupted'))
    expect(written.length).toBeLessThan(40)
    expect(written.filter((name) => !name.endsWith('.safetensors'))).toEqual([])
    for (const name of written)
      expect(Object.keys(parseGolden(new Uint8Array(await readFile(join(folder, 'interrupted', name)))))).toContain('patches')
    expect(stdout).toContain('interrupted/00.safetensors')
  })
})

describe('the command', () => {
  test('names what is in an image: classify', async () => {
    const { code, lines } = await spawnDinokit(['classify', CAT, '--top', '2', '--json'], { cwd: folder })
    expect(code).toBe(0)
    expect(lines()[0]!.output).toMatchObject([{ name: 'Egyptian cat', wnid: 'n02124075' }, { name: 'tabby, tabby cat' }])
  })

  test('answers at the image’s size by a head of a file: segment and depth', async () => {
    const weight = (...shape: number[]): HeadTensor => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i) / 20),
    })
    const about = { format: 2, name: 'test', backbone: { dim: 192 }, network: [{ kind: 'convolution' }] } as const
    const parts = writeHeadFile({
      description: {
        ...about,
        task: 'segmentation',
        input: { layers: [6, 12], norm: true, tokens: ['patches'] },
        output: { kind: 'classes' },
        classes: [{ name: 'this' }, { name: 'that' }, { name: 'rest' }],
      },
      tensors: new Map([['network.0.weight', weight(3, 384, 1, 1)]]),
    })
    const meters = writeHeadFile({
      description: {
        ...about,
        task: 'depth',
        input: { layers: [12], norm: false, tokens: ['patches'] },
        output: { kind: 'log', min: 0.5, max: 9 },
      },
      tensors: new Map([['network.0.weight', weight(1, 192, 1, 1)]]),
    })
    await writeFile(join(folder, 'parts.safetensors'), parts)
    await writeFile(join(folder, 'meters.safetensors'), meters)
    await using vision = await open({ heads: { parts: segmentation({ weights: parts }), meters: depth({ weights: meters }) } })
    const read = async (name: string): Promise<Golden> => parseGolden(new Uint8Array(await readFile(join(folder, name))))

    const segmented = await dinokit([
      'segment',
      CAT,
      '--head',
      'parts.safetensors',
      '--size',
      '112x70',
      '--out',
      'labels.safetensors',
      '--json',
    ])
    expect([segmented.code, segmented.stderr]).toEqual([0, ''])
    const { labels, classes } = await vision.heads.parts(CAT, { size: { width: 112, height: 70 } })
    expect(segmented.lines()[0]!.output).toEqual({ width: 451, height: 300, classes, file: 'labels.safetensors' })
    const written = await read('labels.safetensors')
    expect(written.labels).toEqual({ dtype: 'uint8', data: labels.data, shape: [300, 451] })
    expect(written.logits!.shape).toEqual([3, 5, 8])

    const measured = await dinokit([
      'depth',
      CAT,
      '--head',
      'meters.safetensors',
      '--size',
      'source',
      '--out',
      'depth.safetensors',
      '--json',
    ])
    const own = await vision.heads.meters(CAT, { size: 'pad' })
    expect(measured.lines()[0]!.output).toMatchObject({ width: 451, height: 300, unit: 'm', min: own.min, max: own.max, unknown: 0 })
    const { depth: map } = await read('depth.safetensors')
    expect([map!.dtype, map!.shape, largestDifference(map!.data as Float32Array, own.map.data)]).toEqual(['float32', [300, 451], 0])
  })

  test('compares images: similarity', async () => {
    const { code, lines } = await dinokit(['similarity', CAT, join(IMAGES, 'coffee.jpg'), '--json'])
    const cosines = lines().map(({ output }) => (output as { cosine: number }[]).map(({ cosine }) => cosine))
    expect(code).toBe(0)
    expect(cosines[0]![0]).toBeCloseTo(1, 6)
    expect(cosines[0]![1]).toBeCloseTo(cosines[1]![0]!, 6)
    expect(cosines[0]![1]).toBeLessThan(0.5)
  })

  test('writes plain ONNX that a bare engine runs to the same tokens, and that opens again: export', async () => {
    const { code, stdout, stderr } = await dinokit(['export', 'tiny', '--size', '56x42', '--out', 'tiny.onnx'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^tiny -> tiny\.onnx {2}[\d.]+ MB, takes pixels \[batch\]\[42\]\[56\]\[3\] uint8; gives .*cls \[batch\]\[192\], .*patches \[batch\]\[3\]\[4\]\[192\]\n$/,
    )
    const session = await InferenceSession.create(join(folder, 'tiny.onnx'))
    const { data } = await sharp(CAT).resize(56, 42, { fit: 'fill' }).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const outputs = await session.run({ pixels: new OrtTensor('uint8', new Uint8Array(data), [1, 42, 56, 3]) })
    expect(Object.fromEntries(Object.entries(outputs).map(([name, { dims }]) => [name, dims]))).toEqual({
      last_hidden_state: [1, 13, 192],
      cls: [1, 192],
      patches: [1, 3, 4, 192],
    })
    await session.release()
    const image = { data: new Uint8Array(data), width: 56, height: 42 }
    await using tiny = await open({ size: 'source' })
    await using again = await open({ model: join(folder, 'tiny.onnx'), size: 'source' })
    const [expected, actual] = [await tiny.embed(image), await again.embed(image)]
    expect(largestDifference(outputs.cls!.data as Float32Array, expected.cls.data)).toBeLessThan(5e-3)
    expect(largestDifference(actual.patches.data, expected.patches.data)).toBeLessThan(5e-3)
  })

  test.each([
    ['float16', 12, 0.99999],
    // A rounding that falls to the other side is a whole level.
    ['int8', 16, 0.999],
  ] as const)('writes a model that computes in %s, which opens again with its precision: export', async (precision, megabytes, least) => {
    const out = join(folder, `${precision}.onnx`)
    expect((await dinokit(['export', 'tiny', '--size', '56x42', '--precision', precision, '--out', out])).code).toBe(0)
    expect((await stat(out)).size).toBeLessThan(megabytes * 1e6)
    const size = { width: 56, height: 42 }
    await using asked = await open({ precision, size })
    await using again = await open({ model: out, size })
    expect([again.engine.precision, again.fingerprint().precision]).toEqual([precision, precision])
    const [expected, actual] = [await asked.embed(CAT), await again.embed(CAT)]
    expect(cosineSimilarity(actual.cls, expected.cls)).toBeGreaterThanOrEqual(least)
  })

  test('writes a checkpoint of another patch, which opens again by the card inside: convert', async () => {
    const args = ['convert', 'tiny', '--patch', '16', '--mean', '.5,.5,.5', '--std', '.5,.5,.5', '--half', '--out', 'tiny16.safetensors']
    const { code, stdout, stderr } = await dinokit(args)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^tiny -> tiny16\.safetensors {2}11\.1 MB, 175 tensors as float16: patch 16, dim 192, depth 12, positions 14x14, for images of 224x224\n$/,
    )
    await using vision = await open({ model: join(folder, 'tiny16.safetensors') })
    expect(vision.card).toMatchObject({
      id: 'tiny16',
      architecture: { patch: 16, positionGrid: [14, 14] },
      interpolation: 'offset',
      preprocessing: { crop: 224, mean: [0.5, 0.5, 0.5] },
      license: 'Apache-2.0',
    })
    const tokens = await vision.embed(CAT)
    expect(tokens.patches.shape).toEqual([14, 14, 192])
    await using tiny = await open()
    expect(cosineSimilarity(tokens.cls, (await tiny.embed(CAT)).cls)).toBeGreaterThan(0.9)
  })

  test('says what a checkpoint is: inspect', async () => {
    const { code, lines } = await dinokit([
      'inspect',
      join(folder, 'tiny.onnx'),
      fileURLToPath(new URL('../../model-tiny/assets/model.safetensors', import.meta.url)),
      'nothing.pth',
      '--card',
      'heads=3,mean=0.485,0.456,0.406,std=0.229,0.224,0.225',
      '--json',
    ])
    expect(code).toBe(1)
    expect(lines().map(({ output, error }) => output ?? error!.code)).toMatchObject([
      {
        format: 'onnx',
        onnx: { opsets: { '': 20 } },
        card: { id: 'tiny' },
        sources: { 'architecture.dim': 'file', 'architecture.heads': 'card' },
      },
      {
        format: 'safetensors',
        layout: 'meta',
        tensors: { F16: 175 },
        card: { architecture: { dim: 192, depth: 12, heads: 3, registers: 0 } },
        sources: {
          'architecture.dim': 'shapes',
          'architecture.heads': 'card',
          interpolation: 'names',
          'architecture.layerNormEps': 'assumed',
        },
      },
      'file-not-found',
    ])
  })

  test('says in words what tokens, answers and models are: inspect', async () => {
    await dinokit(['embed', CAT, '--out', 'cat.safetensors', '--layers', '6'])
    expect((await dinokit(['depth', CAT, '--out', 'far.safetensors'])).stderr).toContain('trained on photographs of rooms')
    const said = async (name: string): Promise<string> => (await dinokit(['inspect', name])).stdout
    expect(await said('cat.safetensors')).toMatch(
      /^cat\.safetensors: tokens of an image by tiny, [\d.]+ kB\n(.*\n)*  layer6\.patches +F32 \[16\]\[16\]\[192\]\n/,
    )
    expect(await said('far.safetensors')).toMatch(
      /^far\.safetensors: an answer of a head for depth, [\d.]+ kB\n  depth +F32 \[300\]\[451\]\n$/,
    )
    expect(await said('tiny.onnx')).toMatch(/^tiny\.onnx: an ONNX model, [\d.]+ MB\n  takes    pixels uint8 \[batch\]\[42\]\[56\]\[3\]\n/)
    expect(await said('tiny16.safetensors')).toMatch(
      /175 F16\n  model    tiny16: .*\n  network  5\.5 M parameters; patch 16, dim 192,.*\n +heads 3 \(file\), eps 0\.000001 \(file\), .*\n  input .*mean 0\.\d+, .*\(file\)/,
    )
    const bare = fileURLToPath(new URL('../../model-tiny/assets/model.safetensors', import.meta.url))
    expect(await said(bare)).toMatch(
      /no model .* does not say its attention heads, mean, standard deviation.*--card heads=N,mean=R,G,B,std=R,G,B/,
    )
  })

  test('lists models and says what and where they are: models', async () => {
    const list = await dinokit(['models', 'list', '--json'])
    expect(list.lines().map(({ input }) => input)).toEqual([
      'tiny',
      ...['small', 'base', 'large', 'giant'].flatMap((size) => [`dinov2-${size}`, `dinov2-with-registers-${size}`]),
      ...RELATED_MODELS.map(({ id }) => id),
    ])
    expect(list.lines().at(-1).output).toMatchObject({ family: 'H-optimus', license: 'Apache-2.0', gated: true, speed: 'slowest' })
    expect(list.lines()[1]!.output).toMatchObject({
      license: 'Apache-2.0',
      downloadBytes: 88_226_304,
      speed: 'fast',
      also: ['dinov2_vits14'],
    })
    const table = await dinokit(['models', 'list'])
    expect(table.stdout.trim().split('\n')).toHaveLength(9 + RELATED_MODELS.length)
    expect(table.stdout).toMatch(/^uni2-h +2726 MB +CC-BY-NC-ND-4\.0 +slowest +MahmoodLab\/UNI2-h, gated$/m)
    // The embedded model has DINOv2’s form and is none of its checkpoints.
    expect(table.stderr).toMatch(/^EMBEDDED .*\n\nDINOV2 /)
    expect(table.stderr).toMatch(/^LINGBOT-VISION +DOWNLOAD +LICENSE +SPEED +REPOSITORY$/m)
    expect(table.stdout).toMatch(/^tiny +embedded +Apache-2\.0 +fastest$/m)
    expect(table.stdout).toMatch(/^dinov2-with-registers-giant +4546 MB +Apache-2\.0 +slowest +dinov2_vitg14_reg$/m)
    expect((await dinokit(['models', 'info', 'dinov2-small', '--json'])).lines()[0]!.output).toMatchObject({
      parameters: 22_056_576,
      interpolation: 'plain',
    })
    expect((await dinokit(['models', 'info', 'virchow2', '--json'])).lines()[0]!.output).toMatchObject({
      card: { embedding: 'class-and-mean' },
    })
    expect((await dinokit(['models', 'path', 'tiny', '--json'])).lines()[0]!.output).toContain('model.safetensors')
    expect((await dinokit(['models', 'path', 'nope'])).code).toBe(2)
  })

  test('finds nothing wrong, makes no folder, and says that the telemetry is off: doctor', async () => {
    vi.stubEnv('HF_HUB_CACHE', join(folder, 'none/hub'))
    vi.stubEnv('DINOKIT_CACHE', join(folder, 'none/own'))
    vi.stubEnv('ORT_DISABLE_TELEMETRY', '')
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere/none.json')
    const { code, lines } = await dinokit(['doctor', '--json'])
    vi.unstubAllEnvs()
    expect([code, lines().filter(({ error }) => error)]).toEqual([0, []])
    expect(lines()).toContainEqual({ input: 'telemetry', output: 'off (ORT_DISABLE_TELEMETRY=1, set by dinokit)' })
    expect(lines()).toContainEqual({
      input: 'device cpu',
      output: expect.objectContaining({
        usable: true,
        cosine: expect.closeTo(1, 6) as number,
        aloneMs: expect.any(Number) as number,
      }) as object,
    })
    for (const { output } of lines().filter(({ input }) => /^device (?!cpu)/.test(input)))
      expect((output as { readonly usable: boolean; readonly reason?: string }).reason === undefined).toBe(
        (output as { readonly usable: boolean }).usable,
      )
    expect(await readdir(folder)).not.toContain('none')
  })
})

describe('the command line', () => {
  test.each([
    [[]],
    [['embed']],
    [['nonsense']],
    [['embed', CAT, '--size', 'huge']],
    [['embed', CAT, '--layers', 'x']],
    [['embed', CAT, '--layers', '99']],
    [['embed', CAT, '--model', 'nope']],
    [['embed', CAT, join(IMAGES, 'coffee.jpg'), '--out', 'one.safetensors']],
    [['classify', CAT, '--head', 'nothing-like-this']],
    [['depth', CAT, '--head', 'nyu-dpt']],
    [['segment', CAT, '--scales', '0']],
    [['convert', 'tiny', '--out', 'x.safetensors', '--patch', '0']],
    [['convert', 'tiny', '--out', 'x.safetensors', '--std', '0,0,0']],
    [['convert', 'tiny', '--out', 'x.safetensors', '--mean', '1,2']],
  ])('exits with 2 for %j, with a word on standard error and nothing on standard output', async (args) => {
    const { code, stdout, stderr } = await dinokit(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.length).toBeGreaterThan(10)
  })

  test('prints --version and --help', async () => {
    expect((await spawnDinokit(['--version'], { cwd: folder })).stdout).toMatch(/^\d+\.\d+\.\d+/)
    for (const args of [
      ['--help'],
      ['embed', '--help'],
      ['classify', '--help'],
      ['segment', '--help'],
      ['depth', '--help'],
      ['models', '--help'],
    ]) {
      const { code, stdout } = await dinokit(args)
      expect(code).toBe(0)
      expect(stdout).toMatch(/Example/)
    }
  })
})
