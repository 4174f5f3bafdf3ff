// The page's one worker: it decodes, resizes, asks dinokit (whose session has a worker of its own) and computes layers, so
// that the page does nothing but draw.
import { publishedHead, type HeadTask } from '@dinokit/head-kit'
import { assertNotAborted, DinokitError, type OnProgress, type Pixels, type Tokens } from 'dinokit/browser'
import { expose, transfer } from 'comlink'
import { LAYERS } from '../layers/layers.ts'
import type { Drawing, Scene } from '../layers/layer.ts'
import { decode, previewOf } from './decode.ts'
import { taskOfFile } from './heads.ts'
import { inputSize, type SizeChoice } from './input-size.ts'
import { openModel, type Model } from './model.ts'
import { failureOf, type Outcome } from './outcome.ts'
import type {
  Classes,
  Decoded,
  HeadRequest,
  TrainedClassifier,
  TrainingSet,
  Embedded,
  FrameRequest,
  GoodImages,
  LearnedBank,
  OpenModel,
  OpenRequest,
  ImageFile,
} from './protocol.ts'

let model: Model | undefined
/** The image that was decoded last: it is embedded in several sizes. */
let decoded: { readonly id: string; readonly pixels: Pixels } | undefined
interface Shown {
  readonly image: string
  readonly size: SizeChoice
  readonly live: boolean
  readonly pixels: Pixels
  readonly tokens: Tokens
}

/** All tokens, facets among them, of the image that is shown; of the others patches alone, which are small. */
let shown: Shown | undefined
let seen = new Map<string, { readonly size: SizeChoice; readonly patches: Tokens['patches'] }>()
/** Running work by the page's tickets. */
const tickets = new Map<number, AbortController>()

/**
 * Does a piece of work that the page may cancel by its ticket.
 *
 * @param give - what of the value changes hands, in place of being copied
 */
async function work<T>(
  ticket: number,
  task: (signal: AbortSignal) => Promise<T>,
  give: (value: T) => Transferable[] = () => [],
): Promise<Outcome<T>> {
  const controller = new AbortController()
  tickets.set(ticket, controller)
  try {
    const value = await task(controller.signal)
    assertNotAborted(controller.signal)
    return transfer({ value }, give(value))
  } catch (error) {
    return { failure: failureOf(error) }
  } finally {
    tickets.delete(ticket)
  }
}

function opened(): Model {
  if (model) return model
  throw new DinokitError('disposed', 'No model is open.')
}

async function pixelsOf({ id, file }: ImageFile, signal: AbortSignal): Promise<Pixels> {
  if (decoded?.id !== id) decoded = { id, pixels: await decode(file, signal) }
  return decoded.pixels
}

async function embed(
  pixels: Pixels,
  { image, size }: FrameRequest,
  { keep, live = false, signal }: { readonly keep: 'all' | 'patches'; readonly live?: boolean; readonly signal: AbortSignal },
): Promise<Embedded> {
  const { vision, about } = opened()
  const tokens = await vision.embed(pixels, { size: inputSize(pixels, size, about.patch), signal })
  assertNotAborted(signal)
  if (model?.vision !== vision) throw new DinokitError('aborted', 'Another model was opened meanwhile.')
  seen.set(image, { size, patches: tokens.patches })
  if (keep === 'all') shown = { image, size, live, pixels, tokens }
  const { input, source } = tokens.placement
  return { image, grid: [tokens.patches.shape[0]!, tokens.patches.shape[1]!], input, source, timing: tokens.timing }
}

/** Names the classes of an image; it is embedded only where there are classes to tell. */
async function classesOf(pixels: Pixels, signal: AbortSignal): Promise<Classes> {
  const { vision, about, classify, trainer } = opened()
  if (!about.classifies && !trainer.hasLearned()) return { best: [] }
  const tokens = await vision.embed(pixels, { signal })
  const own = await trainer.answer(tokens)
  return { best: await classify(tokens), ...(own && { own }) }
}

const api = {
  /** Opens a model; the one before stays where that fails. */
  open: (ticket: number, request: OpenRequest, onProgress: OnProgress) =>
    work<OpenModel>(ticket, async (signal) => {
      const next = await openModel(request, onProgress, signal)
      if (signal.aborted) await next.vision.dispose()
      assertNotAborted(signal)
      const before = model
      model = next
      shown = undefined
      seen = new Map()
      await before?.vision.dispose()
      return next.about
    }),

  /** Decodes an image, for the model and for the page. */
  decode: (ticket: number, image: ImageFile, longest: number) =>
    work<Decoded>(
      ticket,
      async (signal) => {
        const { width, height } = await pixelsOf(image, signal)
        return { preview: await previewOf(image.file, longest), source: { width, height } }
      },
      ({ preview }) => [preview],
    ),

  /** The five likeliest classes, by the reference's own preparation of the image: always those of the command. */
  classify: (ticket: number, image: ImageFile) =>
    work<Classes>(ticket, async (signal) => {
      return classesOf(await pixelsOf(image, signal), signal)
    }),

  /** Embeds an image; the tokens stay here. */
  embed: (ticket: number, image: ImageFile, size: SizeChoice, keep: 'all' | 'patches') =>
    work<Embedded>(ticket, async (signal) => embed(await pixelsOf(image, signal), { image: image.id, size }, { keep, signal })),

  /** Embeds a frame of a camera or a video, and names what is in it. */
  embedFrame: (ticket: number, frame: ImageBitmap, request: FrameRequest) =>
    work<{ readonly embedded: Embedded; readonly classes: Classes }>(ticket, async (signal) => {
      const { runtime } = opened()
      const pixels = await runtime.decodeImage(frame, { signal })
      frame.close()
      const seen = await embed(pixels, request, { keep: 'all', live: true, signal })
      return { embedded: seen, classes: await classesOf(pixels, signal) }
    }),

  /** Learns classes of the user's own; the next images are classified by them too. */
  learn: (ticket: number, trainingSet: TrainingSet, onProgress: OnProgress) =>
    work<TrainedClassifier>(ticket, (signal) => {
      const { runtime, vision, trainer } = opened()
      const embed = async ({ file }: ImageFile): Promise<Tokens> => vision.embed(await runtime.decodeImage(file, { signal }), { signal })
      return trainer.learn(trainingSet, embed, onProgress, signal)
    }),

  /** Learns what good images show, for the layer of anomalies. */
  learnGood: (ticket: number, good: GoodImages, onProgress: OnProgress) =>
    work<LearnedBank>(ticket, (signal) => {
      const { runtime, vision, about, anomalyLearner } = opened()
      const embed = async ({ file }: ImageFile): Promise<Tokens> => {
        const pixels = await runtime.decodeImage(file, { signal })
        return vision.embed(pixels, { size: inputSize(pixels, good.size, about.patch), signal })
      }
      return anomalyLearner.learn(good, embed, onProgress, signal)
    }),

  /** Returns the task of a head file; nothing where it is no head. */
  headTask: (ticket: number, file: File) => work<HeadTask | undefined>(ticket, () => taskOfFile(file)),

  /** Opens a head of the open model, downloading it where it must be. */
  openHead: (ticket: number, request: HeadRequest, onProgress: OnProgress) =>
    work<undefined>(ticket, async (signal) => {
      const { runtime, vision, headRunner } = opened()
      const { task, weights } = request
      const published = typeof weights === 'string' ? publishedHead(vision.card, task, weights) : undefined
      // Into the cache, where the head finds it.
      if (published) await (await runtime.readAsset(published, { onProgress, signal })).close()
      assertNotAborted(signal)
      await headRunner.open(request)
      return undefined
    }),

  /** Draws a layer of the image that was embedded last. */
  draw: (ticket: number, image: string, layer: string, options: unknown) =>
    work<Drawing>(
      ticket,
      async (signal) => {
        const { vision, headRunner, anomalyLearner } = opened()
        const found = LAYERS.find(({ id }) => id === layer)
        if (!found || shown?.image !== image) throw new DinokitError('aborted', 'Another image is shown by now.')
        const { size, live, pixels, tokens } = shown
        const again = async (): Promise<Tokens> => {
          const more = await vision.embed(pixels, { size: tokens.placement.input, signal })
          if (shown?.tokens === tokens) shown = { ...shown, tokens: more }
          return more
        }
        const alike = [...seen].filter(([, embedded]) => embedded.size === size)
        const patches = new Map(alike.map(([id, embedded]) => [id, embedded.patches]))
        const ask: Scene['ask'] = (request) => headRunner.ask(request, tokens, again)
        const scoreByBank: Scene['scoreByBank'] = (grid) => anomalyLearner.score(grid, size)
        return found.compute({ card: vision.card, image, live, tokens, patches, ask, scoreByBank }, options)
      },
      ({ raster, others = {} }) => [raster, ...Object.values(others)].map(({ data }) => data.buffer),
    ),

  /** Forgets images that are no longer there. */
  keepOnly(ids: readonly string[]): void {
    seen = new Map([...seen].filter(([id]) => ids.includes(id)))
    if (decoded && !ids.includes(decoded.id)) decoded = undefined
  },

  /** Cancels a piece of work. */
  cancel(ticket: number): void {
    tickets.get(ticket)?.abort()
  },
}

/** Interface of the worker. */
export type WorkerApi = typeof api

expose(api)
