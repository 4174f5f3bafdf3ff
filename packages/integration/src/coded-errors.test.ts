import { createMemoryStore, fillStore, layoutFor } from '@dinokit/store'
import { createRuntime, DinokitError, open, type ImageSource, type Vision } from 'dinokit'
import { dinov2Recipe, streamCrops } from '@dinokit/core/augment'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SIZE = { width: 14, height: 14 }
const pixels: ImageSource = { data: new Uint8Array(14 * 14 * 3), width: 14, height: 14 }

/** Values that users of plain JavaScript hand over in place of an image. */
const NO_IMAGES: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a number': 7,
  'a function': () => pixels,
  'a symbol': Symbol('image'),
  'an object': {},
  'an object without a prototype': Object.create(null),
  'an array': [pixels],
  'a promise': Promise.resolve(pixels),
  'pixels without data': { data: undefined, width: 2, height: 2 },
  'pixels of text': { data: 'rgb', width: 1, height: 1 },
  'pixels of no size': { data: new Uint8Array(3), width: NaN, height: 1 },
  'no address': 'http://[',
  'an address of another kind': new URL('mailto:someone@example.org'),
  'a file of another machine': new URL('file://elsewhere/a.jpg'),
  'a name with a zero': 'a\0b.jpg',
  'an empty name': '',
  'no bytes': new Uint8Array(),
  'a stream that others read': lockedStream(),
  'a stream that breaks': new ReadableStream({ pull: (controller) => controller.error(new RangeError('broken')) }),
  'a stream of text': new ReadableStream({
    start(controller) {
      controller.enqueue('text')
      controller.close()
    },
  }),
}

/** The same of what only pages have. */
async function pageKinds(): Promise<Readonly<Record<string, unknown>>> {
  if (typeof document === 'undefined') return {}
  const closed = await createImageBitmap(new ImageData(2, 2))
  closed.close()
  const drawn = new OffscreenCanvas(2, 2)
  drawn.getContext('2d')!.fillRect(0, 0, 2, 2)
  const frame = new VideoFrame(drawn, { timestamp: 0 })
  frame.close()
  const empty = document.createElement('canvas')
  empty.width = 0
  return {
    'an image element without an image': new Image(),
    'a video element without a video': document.createElement('video'),
    'a canvas of no size': empty,
    'a bitmap that was closed': closed,
    'a frame that was closed': frame,
    'another element': document.createElement('div'),
    'the page': document,
  }
}

function lockedStream(): ReadableStream {
  const stream = new Blob(['image']).stream()
  stream.getReader()
  return stream
}

const RECIPE = dinov2Recipe({ globalSize: 14, localSize: 14, locals: 1 })

const isCoded = (error: unknown): boolean => DinokitError.is(error) && error.code !== 'internal'
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

let vision: Vision<ImageSource>
beforeAll(async () => {
  vision = await open({ size: SIZE })
})
afterAll(() => vision.dispose())

test('fails by a code for whatever is handed in place of an image, alone, at every entry', async () => {
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE }))
  const runtime = createRuntime()
  const wrong: string[] = []
  const expectCoded = (entry: string, kind: string, error: unknown): void => {
    if (!isCoded(error)) wrong.push(`${entry}, ${kind}: ${error === undefined ? 'no error' : inspect(error)}`)
  }
  for (const [kind, given] of Object.entries({ ...NO_IMAGES, ...(await pageKinds()) })) {
    const source = given as ImageSource
    expectCoded('embed', kind, await failureOf(vision.embed(source)))
    expectCoded('analyze', kind, await failureOf(vision.analyze(source)))
    expectCoded('decodeImage', kind, await failureOf(runtime.decodeImage(source)))
    if (runtime.cropImage) expectCoded('cropImage', kind, await failureOf(runtime.cropImage(source, { recipe: RECIPE, keys: [1] })))
    const codes: string[] = []
    for await (const { error } of vision.stream([pixels, source, pixels])) {
      codes.push(error?.code ?? 'fine')
      if (error) expectCoded('stream', kind, error)
    }
    if (codes.filter((code) => code === 'fine').length !== 2) wrong.push(`stream, ${kind}: ${codes.join()}`)
    for await (const items of streamCrops(runtime, [source], { recipe: RECIPE, seed: 1 })) expectCoded('streamCrops', kind, items[0]!.error)
    const stored = { id: kind, source: kind, image: source, hash: async () => kind }
    for await (const { error } of fillStore(vision, store, [stored])) expectCoded('fillStore', kind, error)
  }
  expect(wrong).toEqual([])
})

function inspect(error: unknown): string {
  return error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''} ${error.message}` : 'something'
}

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'images/'],
  ['bytes', new Uint8Array(4)],
  ['a number', 3],
  ['an object', {}],
])('rejects %s in place of a list by a code', async (_, given) => {
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE }))
  const first = async (items: AsyncGenerator): Promise<unknown> => items.next()
  for (const work of [
    () => first(vision.stream(given as never)),
    () => first(streamCrops(createRuntime(), given as never, { recipe: RECIPE, seed: 1 })),
    () => first(fillStore(vision, store, given as never)),
  ])
    expect(await failureOf(work())).toMatchObject({ name: 'DinokitError', code: 'invalid-option' })
})
