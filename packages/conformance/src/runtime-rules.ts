import { crop, IMAGENET_PREPROCESSING, preprocess, tensor, type OnnxModel, type Pixels, type Runtime, type Session } from '@dinokit/core'
import { createRandom, dinov2Recipe, multiCrop } from '@dinokit/core/augment'
import { createGraphBuilder, encodeModel } from '@dinokit/onnx'
import { holds, refuses, same } from './lib/expect.ts'
import type { Rule } from './rule.ts'

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
  const session = (): Promise<Session> => runtime.createSession(suiteModel())
  return [
    {
      name: 'speaks contract 1 and has a name',
      async check() {
        holds(runtime.contract === 1, `The runtime must speak contract 1, and speaks ${String(runtime.contract)}.`)
        holds(typeof runtime.name === 'string' && runtime.name.length > 0, 'The runtime must have a name.')
      },
    },
    {
      name: 'runs a graph on inputs of any size, and gives outputs that are the caller’s',
      async check() {
        await using made = await session()
        holds(made.contract === 1, 'Its sessions must speak contract 1.')
        holds(same(made.inputs, ['x']) && same(made.outputs, ['product', 'sum']), 'A session must name its inputs and outputs in order.')
        holds(made.engine.name.length > 0 && made.engine.device.length > 0, 'A session must say what it runs on.')
        const feeds = { x: tensor('float32', Float32Array.of(1, 2), [1, 2]) }
        const first = await made.run(feeds)
        const second = await made.run({ x: tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) })
        holds(
          same(first.product, tensor('float32', Float32Array.of(3, 10), [1, 2])),
          'The first run’s output must still be what it was after the second.',
        )
        holds(
          same(second.sum, tensor('float32', Float32Array.of(2, 4, 6, 8), [2, 2])),
          'A second run with another size must give its own output.',
        )
        holds(same(feeds.x.data, Float32Array.of(1, 2)), 'A run must leave its inputs as they are.')
      },
    },
    {
      name: 'takes inputs of shared memory',
      async check() {
        if (typeof SharedArrayBuffer !== 'function') return
        await using made = await session()
        const memory = new Float32Array(new SharedArrayBuffer(16))
        for (const values of [
          [1, 2, 3, 4],
          [5, 6],
        ]) {
          memory.set(values)
          const { sum } = await made.run({ x: tensor('float32', memory.subarray(0, values.length), [values.length / 2, 2]) })
          holds(
            same(
              sum?.data,
              Float32Array.from(values, (value) => 2 * value),
            ),
            'Inputs of shared memory must be read as they are when a run is asked for.',
          )
        }
      },
    },
    {
      name: 'keeps runs that overlap apart',
      async check() {
        await using made = await session()
        const results = await Promise.all(Array.from({ length: 8 }, (_, i) => product(made, i, i)))
        holds(
          same(
            results,
            Array.from({ length: 8 }, (_, i) => [3 * i, 5 * i]),
          ),
          'Runs that overlap must each give their own output.',
        )
      },
    },
    {
      name: 'disposal is safe twice, waits for runs, and says so afterwards',
      async check() {
        const made = await session()
        const running = product(made, 1, 1)
        await Promise.all([made.dispose(), made.dispose()])
        holds(same(await running, [3, 5]), 'A run that is under way must end as if nothing had happened.')
        await refuses(() => product(made, 1, 1), 'A run after disposal', 'disposed')
      },
    },
    {
      name: 'sessions do not disturb one another',
      async check() {
        const [a, b] = [await session(), await session()]
        await a.dispose()
        holds(same(await product(b, 2, 2), [6, 10]), 'A session must go on when another was disposed of.')
        await b.dispose()
      },
    },
    {
      name: 'refuses wrong graphs, wrong inputs and canceled work by code, and goes on',
      async check() {
        await refuses(() => runtime.createSession({ graph: new Uint8Array([1, 2, 3]) }), 'A broken graph', 'session-failed')
        await refuses(() => runtime.createSession(suiteModel(), { signal: AbortSignal.abort() }), 'A session that was canceled', 'aborted')
        await using made = await session()
        await refuses(() => made.run({}), 'A run without inputs', 'session-failed')
        await refuses(
          () => made.run({ x: tensor('float32', new Float32Array(3), [1, 3]) }),
          'An input of the wrong shape',
          'session-failed',
        )
        await refuses(() => made.run({}, { signal: AbortSignal.abort() }), 'A run that was canceled', 'aborted')
        const leaving = new AbortController()
        const running = made.run({ x: tensor('float32', new Float32Array(2), [1, 2]) }, { signal: leaving.signal })
        leaving.abort()
        await refuses(() => running, 'A run that was canceled while it was under way', 'aborted')
        holds(same(await product(made, 1, 1), [3, 5]), 'A session must go on after inputs that it refused.')
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
function suiteModel(): OnnxModel {
  const g = createGraphBuilder('suite')
  const x = g.input('x', 'float32', ['n', 2])
  const weight = Float32Array.of(3, 5)
  const w = g.weight('w', { dtype: 'float32', shape: [2], read: () => new Uint8Array(weight.buffer) })
  g.output('product', g.apply('Mul', [x, w]), 'float32', ['n', 2])
  g.output('sum', g.apply('Add', [x, x]), 'float32', ['n', 2])
  return encodeModel(g.build())
}

async function product(session: Session, ...values: number[]): Promise<number[]> {
  const outputs = await session.run({ x: tensor('float32', Float32Array.from(values), [values.length / 2, 2]) })
  return [...(outputs.product!.data as Float32Array)]
}
