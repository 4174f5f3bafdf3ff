import type { HeadTask } from '@dinokit/head-kit'
import { DinokitError, type OnProgress } from 'dinokit/browser'
import { createAbortGroup } from '@dinokit/runtime-kit'
import { proxy, transfer, wrap, type Remote } from 'comlink'
import type { Drawing } from '../layers/layer.ts'
import type { SizeChoice } from './input-size.ts'
import { valueOf, type Outcome } from './outcome.ts'
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
import type { WorkerApi } from './worker.ts'

/** The one way from the page to dinokit. Every call ends at once, with the code `aborted`, when its signal says so. */
export interface Engine {
  open(request: OpenRequest, onProgress: OnProgress, signal: AbortSignal): Promise<OpenModel>
  decode(image: ImageFile, longest: number, signal: AbortSignal): Promise<Decoded>
  classify(image: ImageFile, signal: AbortSignal): Promise<Classes>
  /** With `all` the image can be drawn on; with `patches` it but shares its colors with others. */
  embed(image: ImageFile, size: SizeChoice, keep: 'all' | 'patches', signal: AbortSignal): Promise<Embedded>
  /** The frame changes hands. */
  embedFrame(
    frame: ImageBitmap,
    request: FrameRequest,
    signal: AbortSignal,
  ): Promise<{ readonly embedded: Embedded; readonly classes: Classes }>
  /** Returns the task of a head file; undefined where it is no head. */
  headTask(file: File, signal: AbortSignal): Promise<HeadTask | undefined>
  /** The head that the task had stays where this fails. */
  openHead(request: HeadRequest, onProgress: OnProgress, signal: AbortSignal): Promise<undefined>
  /** Learns classes of the user's own. */
  learn(trainingSet: TrainingSet, onProgress: OnProgress, signal: AbortSignal): Promise<TrainedClassifier>
  /** Learns what good images show, in place of those that were learned before. */
  learnGood(good: GoodImages, onProgress: OnProgress, signal: AbortSignal): Promise<LearnedBank>
  draw(image: string, layer: string, options: unknown, signal: AbortSignal): Promise<Drawing>
  keepOnly(ids: readonly string[]): void
}

/** Starts the worker. */
export function createEngine(): Engine {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'playground' })
  const remote = wrap<WorkerApi>(worker)
  const abortGroup = createAbortGroup()
  worker.addEventListener('error', (event) => {
    abortGroup.fail(new DinokitError('session-failed', 'The page’s worker could not be started, or died.', { given: event.message }))
  })
  let lastTicket = 0

  async function ask<T>(signal: AbortSignal, call: (remote: Remote<WorkerApi>, ticket: number) => Promise<Outcome<T>>): Promise<T> {
    const ticket = ++lastTicket
    const aborted = (): DinokitError => new DinokitError('aborted', 'The work was canceled.')
    if (signal.aborted) throw aborted()
    let cancel = (): void => {}
    const canceled = new Promise<never>((_, reject) => {
      cancel = () => {
        void remote.cancel(ticket)
        reject(aborted())
      }
      signal.addEventListener('abort', cancel, { once: true })
    })
    try {
      return valueOf(await Promise.race([abortGroup.race(call(remote, ticket)), canceled]))
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  return {
    open: (request, onProgress, signal) => ask(signal, (worker, ticket) => worker.open(ticket, request, proxy(onProgress))),
    decode: (image, longest, signal) => ask(signal, (worker, ticket) => worker.decode(ticket, image, longest)),
    classify: (image, signal) => ask(signal, (worker, ticket) => worker.classify(ticket, image)),
    embed: (image, size, keep, signal) => ask(signal, (worker, ticket) => worker.embed(ticket, image, size, keep)),
    embedFrame: (frame, request, signal) => ask(signal, (worker, ticket) => worker.embedFrame(ticket, transfer(frame, [frame]), request)),
    headTask: (file, signal) => ask(signal, (worker, ticket) => worker.headTask(ticket, file)),
    openHead: (request, onProgress, signal) => ask(signal, (worker, ticket) => worker.openHead(ticket, request, proxy(onProgress))),
    learn: (trainingSet, onProgress, signal) => ask(signal, (worker, ticket) => worker.learn(ticket, trainingSet, proxy(onProgress))),
    learnGood: (good, onProgress, signal) => ask(signal, (worker, ticket) => worker.learnGood(ticket, good, proxy(onProgress))),
    draw: (image, layer, options, signal) => ask(signal, (worker, ticket) => worker.draw(ticket, image, layer, options)),
    keepOnly: (ids) => void remote.keepOnly(ids),
  }
}
