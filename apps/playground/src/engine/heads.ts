import { depth } from '@dinokit/head-depth'
import { HEAD_FILE_KEY, publishedNames, spreadLayers, type HeadDescription, type HeadTask } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import {
  DinokitError,
  type Backbone,
  type Head,
  type HeadResultOf,
  type ImageSource,
  type OutputRequest,
  type Placement,
  type Tokens,
  type Vision,
} from 'dinokit/browser'
import type { DenseTask, HeadChoice, HeadRequest } from './protocol.ts'

const HEADS = { segmentation, depth }

/** Result of a head of a task. */
export type DenseResult<Task extends DenseTask> = HeadResultOf<ReturnType<(typeof HEADS)[Task]>>

/** The heads of a model that is open. They end with the model's vision. */
export interface HeadRunner {
  /**
   * Opens a head in place of the one that the task has; that one stays where this fails. Names of Meta's heads are
   * downloaded unless they are in the cache.
   *
   * @throws DinokitError `head-unknown`, `model-unsupported`, `fingerprint-mismatch`, `output-unavailable`, and those of
   *   downloads and files
   */
  open(request: HeadRequest): Promise<void>
  /**
   * Asks a head, opening it where it is not open.
   *
   * @param request - which one
   * @param tokens - of the image; maps are of its size, but no larger than the page shows them
   * @param again - embeds the image once more, where the tokens lack what the head needs
   */
  ask<Task extends DenseTask>(
    request: HeadRequest & { readonly task: Task },
    tokens: Tokens,
    again: () => Promise<Tokens>,
  ): Promise<DenseResult<Task>>
}

/** Starts without heads. */
export function createHeadRunner(vision: Vision<ImageSource>): HeadRunner {
  const used: Vision<ImageSource, Readonly<Record<string, Head>>> = vision
  const open = new Map<DenseTask, string>()
  // One at a time: a head that is asked is not taken away meanwhile.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  const exchange = async ({ task, id, weights }: HeadRequest): Promise<void> => {
    const before = open.get(task)
    if (before === id) return
    await used.add({ [id]: HEADS[task]({ weights }) })
    open.set(task, id)
    if (before !== undefined) await used.remove(before)
  }
  return {
    open: (request) => inTurn(() => exchange(request)),
    ask: <Task extends DenseTask>(request: HeadRequest & { readonly task: Task }, tokens: Tokens, again: () => Promise<Tokens>) =>
      inTurn(async () => {
        await exchange(request)
        const answer = (of: Tokens) => used.heads[request.id]!(shrunk(of)) as Promise<DenseResult<Task>>
        try {
          return await answer(tokens)
        } catch (error) {
          if (!DinokitError.is(error, 'tensor-missing')) throw error
          return answer(await again())
        }
      }),
  }
}

/** Longest side of a map, in pixels. */
const MAP = 800

/** The same tokens, as if they were of a smaller image: a map of every pixel of a photograph is more than a page shows. */
function shrunk(tokens: Tokens): Tokens {
  const { width, height } = tokens.placement.source
  const scale = Math.min(1, MAP / Math.max(width, height))
  const side = (length: number): number => Math.max(1, Math.round(length * scale))
  const placement: Placement = { ...tokens.placement, source: { width: side(width), height: side(height) } }
  return { ...tokens, placement }
}

interface Offer {
  readonly name: string
  readonly title: string
  readonly trainedOn: string
  /** Numbers of the head's float32 weights, for tokens of some width. */
  readonly count: (dim: number) => number
}

/** Subject of NYU Depth v2, on which the embedded model's heads were trained too. */
const ROOMS = 'rooms'

/** Meta's heads that are small and good. */
const OFFERS: Readonly<Record<DenseTask, readonly Offer[]>> = {
  segmentation: [
    {
      name: 'ade20k-ms',
      title: 'ADE20K, 150 kinds of things',
      trainedOn: 'indoor and outdoor scenes',
      count: (dim) => 4 * dim * (150 + 4),
    },
    {
      name: 'voc2012-ms',
      title: 'PASCAL VOC, 20 kinds of things',
      trainedOn: 'people, animals, vehicles and things at home',
      count: (dim) => 4 * dim * (21 + 4),
    },
  ],
  depth: [
    { name: 'nyu-linear4', title: 'NYU, indoors, up to 10 m', trainedOn: ROOMS, count: (dim) => 8 * dim * 256 },
    { name: 'kitti-linear4', title: 'KITTI, on the road, up to 80 m', trainedOn: 'roads, seen from a car', count: (dim) => 8 * dim * 256 },
  ],
}

const BYTES = 4
/** Name of the head in a model's own file, of which nobody says what trained it. */
const OWN = 'own'

/** The heads that a model can have for a task: its own, then those that Meta published for it. */
export function headChoices(backbone: Backbone, task: DenseTask): HeadChoice[] {
  const { card, heads = {} } = backbone
  const own = Object.keys(heads).flatMap((name) => (name.startsWith(`${task}/`) ? [name.slice(task.length + 1)] : []))
  const { dim, depth: layers } = card.architecture
  const last = [layers - 3, layers - 2, layers - 1, layers]
  const published = gives(backbone, task === 'depth' ? { rawLayers: spreadLayers(layers) } : { layers: last })
    ? publishedNames(card, task)
    : []
  return [
    ...own.map((name) => ({ name, title: 'built in', ...(name !== OWN && { trainedOn: ROOMS }), bytes: 0 })),
    ...OFFERS[task].flatMap(({ name, title, trainedOn, count }) =>
      published.includes(name) ? [{ name, title, trainedOn, bytes: count(dim) * BYTES }] : [],
    ),
  ]
}

function gives(backbone: Backbone, request: OutputRequest): boolean {
  if (backbone.card.architecture.depth < 4) return false
  try {
    backbone.graph(request)
    return true
  } catch (error) {
    if (DinokitError.is(error)) return false
    throw error
  }
}

/** Returns the task of a head file, by the metadata of safetensors; undefined where it is no head file of dinokit's. */
export async function taskOfFile(file: File): Promise<HeadTask | undefined> {
  const start = await file.slice(0, LENGTH).arrayBuffer()
  if (start.byteLength < LENGTH) return undefined
  const length = Number(new DataView(start).getBigUint64(0, true))
  if (length > LONGEST_HEADER) return undefined
  try {
    const header = JSON.parse(await file.slice(LENGTH, LENGTH + length).text()) as { __metadata__?: Record<string, string> }
    const about = header.__metadata__?.[HEAD_FILE_KEY]
    return about === undefined ? undefined : (JSON.parse(about) as HeadDescription).task
  } catch {
    // Whoever opens it as a model says what is wrong with it.
    return undefined
  }
}

/** Bytes of the number that says how long the header is. */
const LENGTH = 8
/** Longest header of a head file in bytes. */
const LONGEST_HEADER = 1e8
