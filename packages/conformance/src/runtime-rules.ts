import { crop, IMAGENET_PREPROCESSING, preprocess, tensor, type Pixels, type Runtime, type Tensor } from '@dinokit/core'
import { createRandom, dinov2Recipe, multiCrop } from '@dinokit/core/augment'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { holds, refuses, same } from './lib/expect.ts'
import type { Rule } from './rule.ts'
import { sessionRules, type SessionRulesOptions } from './session-rules.ts'

/** Options of {@link runtimeRules}. */
export interface RuntimeRulesOptions {
  readonly runtime: Runtime<never>
  /** The path of a file that is there, of a folder that is, and of a file that is not: as the runtime takes them. */
  readonly paths: { readonly file: string; readonly folder: string; readonly missing: string }
}

/**
 * Lists the rules of the contract for a runtime, of whichever platform.
 *
 * @param options - the runtime, and paths on its platform
 */
export function runtimeRules({ runtime, paths }: RuntimeRulesOptions): Rule[] {
  return [
    {
      name: 'speaks contract 1 and has a name',
      async check() {
        holds(runtime.contract === 1, `The runtime must speak contract 1, and speaks ${String(runtime.contract)}.`)
        holds(typeof runtime.name === 'string' && runtime.name.length > 0, 'The runtime must have a name.')
      },
    },
    ...sessionRules({ runtime, ...suite() }),
    {
      name: 'refuses a broken graph',
      async check() {
        await refuses(() => runtime.createSession({ graph: new Uint8Array([1, 2, 3]) }), 'A broken graph', 'session-failed')
      },
    },
    {
      name: 'knows files from folders, and what is not there',
      async check() {
        holds((await runtime.statPath(paths.file)) === 'file', `statPath ${paths.file} must be file.`)
        holds((await runtime.statPath(paths.folder)) === 'folder', `statPath ${paths.folder} must be folder.`)
        holds((await runtime.statPath('facebook/dinov2-small')) === undefined, 'statPath a repository’s name must be undefined.')
        await refuses(() => runtime.readAsset({ kind: 'file', path: paths.missing }), 'A file that is not there')
        await refuses(
          () => runtime.readAsset({ kind: 'file', path: paths.file }, { signal: AbortSignal.abort() }),
          'Reading that was canceled',
          'aborted',
        )
      },
    },
    {
      name: 'reads any part of a file, and refuses ranges outside it',
      async check() {
        const source = await runtime.readAsset({ kind: 'file', path: paths.file })
        try {
          const [whole, part] = [await source.read(0, 16), await source.read(4, 8)]
          holds(same(part, whole.slice(4, 12)), 'Bytes 4 to 12 must be those of the whole.')
          await refuses(() => source.read(source.size - 1, 2), 'A range beyond the end', 'file-unreadable')
        } finally {
          await source.close()
          await source.close()
        }
      },
    },
    {
      name: 'opens an image, says its size, and reads any region of it, as often as it is wanted',
      async check() {
        const pixels = sampleImage()
        const image = await runtime.openImage(pixels as never)
        try {
          holds(image.size.width === 48 && image.size.height === 32, 'An open image must say its width and height.')
          const region = { left: 5, top: 3, width: 20, height: 7 }
          for (let time = 0; time < 2; time++)
            holds(same(await image.read(region), crop(pixels, region)), 'A region must be just that part of the image.')
          holds(same(await image.read(), pixels), 'Without a region, all of the image must be read.')
          await refuses(() => image.read({ ...region, left: 40 }), 'A region beyond the image', 'size-invalid')
        } finally {
          await image.close()
          await image.close()
        }
        holds(same(await runtime.decodeImage(pixels as never), pixels), 'decodeImage must give all of the image.')
        await refuses(() => runtime.openImage(pixels as never, { signal: AbortSignal.abort() }), 'Opening that was canceled', 'aborted')
      },
    },
    {
      name: 'refuses what is no image by a DinokitError',
      async check() {
        await refuses(() => runtime.openImage(new TextEncoder().encode('no image') as never), 'Text to be opened as an image')
        await refuses(() => runtime.decodeImage(new TextEncoder().encode('no image') as never), 'Text in the place of an image')
      },
    },
    {
      name: 'preprocesses images elsewhere, if it does, to the same bits, and leaves what it was given alone',
      async check() {
        if (!runtime.preprocessImage) return
        const pixels = sampleImage()
        const { data } = pixels
        const options = { preprocessing: IMAGENET_PREPROCESSING, patch: 14, size: 28, flip: true }
        const prepared = await runtime.preprocessImage(pixels as never, options)
        const expected = preprocess(pixels, options)
        holds(same(prepared.pixels, expected.pixels), 'preprocessImage must give what preprocess gives of the same image.')
        holds(same(prepared.placement, expected.placement), 'preprocessImage must say where its input lies, as preprocess does.')
        holds(data.length === 48 * 32 * 3 && data[1] === 37, 'preprocessImage must leave the image that it was given as it is.')
        await refuses(() => runtime.preprocessImage!(new TextEncoder().encode('no image') as never, options), 'Text to be preprocessed')
        await refuses(
          () => runtime.preprocessImage!(pixels as never, { ...options, signal: AbortSignal.abort() }),
          'Preprocessing that was canceled',
          'aborted',
        )
      },
    },
    {
      name: 'crops images elsewhere, if it does, to the same bits, and leaves what it was given alone',
      async check() {
        if (!runtime.cropImage) return
        const recipe = dinov2Recipe({ globalSize: 28, localSize: 14, locals: 1 })
        const pixels = sampleImage()
        const { data } = pixels
        const made = await Promise.all([7, 8, 9].map((key) => runtime.cropImage!(pixels as never, { recipe, keys: [1, key] })))
        const expected = [7, 8, 9].map((key) => multiCrop(pixels, recipe, createRandom(1, key)))
        holds(same(made, expected), 'cropImage must give what multiCrop gives of the same image and keys.')
        holds(data.length === 48 * 32 * 3 && data[1] === 37, 'cropImage must leave the image that it was given as it is.')
        const options = { recipe, keys: [1] } as const
        await refuses(() => runtime.cropImage!(new TextEncoder().encode('no image') as never, options), 'Text to be cropped')
        await refuses(
          () => runtime.cropImage!(pixels as never, { ...options, signal: AbortSignal.abort() }),
          'Cropping that was canceled',
          'aborted',
        )
      },
    },
  ]
}

/** 48 x 32 pixels. */
function sampleImage(): Pixels {
  return { data: Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => (i * 37) % 251), width: 48, height: 32 }
}

/** x [n][2] times a weight of its own, and x + x. */
function suite(): Omit<SessionRulesOptions, 'runtime'> {
  const g = createGraphBuilder('suite')
  const x = g.input('x', 'float32', ['n', 2])
  const weight = Float32Array.of(3, 5)
  const w = g.weight('w', { dtype: 'float32', shape: [2], read: () => new Uint8Array(weight.buffer) })
  g.output('product', g.apply('Mul', [x, w]), 'float32', ['n', 2])
  g.output('sum', g.apply('Add', [x, x]), 'float32', ['n', 2])
  const rows = (...values: number[]): Tensor => tensor('float32', Float32Array.from(values), [values.length / 2, 2])
  return {
    model: encodeModel(g.build()),
    runs: [
      { feeds: { x: rows(1, 2) }, outputs: { product: rows(3, 10), sum: rows(2, 4) } },
      { feeds: { x: rows(1, 2, 3, 4) }, outputs: { product: rows(3, 10, 9, 20), sum: rows(2, 4, 6, 8) } },
      ...[3, 4, 5, 6, 7, 8].map((i) => ({ feeds: { x: rows(i, i) }, outputs: { product: rows(3 * i, 5 * i), sum: rows(2 * i, 2 * i) } })),
    ],
    wrong: { x: tensor('float32', new Float32Array(3), [1, 3]) },
  }
}
