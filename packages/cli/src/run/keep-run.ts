import { DinokitError, type ModelCard, type Tensor } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { createClassTokenSession, type ClassTokenSession, type RunPoint, type StepReport } from '@dinokit/train'
import { basename } from 'node:path'
import type { Output } from '../output/console-output.ts'
import { labeledFolder, scoreNeighbors } from './labeled-folder.ts'
import type { LogEntry, RunFolder } from './run-folder.ts'
import { commandRuntime } from '../input/command-runtime.ts'

/** Metrics of a run. */
export interface RunMetrics {
  readonly steps: number
  readonly images: number
  readonly seconds: number
  /** Loss of the last step; undefined where none was made. */
  readonly loss?: number
  /** Images that can’t be read. */
  readonly skipped?: number
  readonly knn: readonly { readonly step: number; readonly accuracy: number }[]
}

/** Duties beside a run: logging, saying, saving, measuring. */
export interface RunKeeper {
  /** Logs a step, and says how the run goes. */
  readonly onStep: (report: StepReport) => Promise<void>
  /** Names an image that can’t be read, once. */
  readonly onSkipped: (source: string, error: DinokitError) => void
  /** Keeps where the run stands, and draws its curves. */
  readonly save: (point: RunPoint) => Promise<void>
  /** Measures nearest neighbors, where folders for it were given. */
  readonly evaluate: (parameters: Readonly<Record<string, Tensor>>, steps: number) => Promise<void>
  /** Returns the metrics for the card. */
  metrics(): RunMetrics
  dispose(): Promise<void>
}

/** Options of {@link keepRun}. */
export interface RunKeeperOptions {
  readonly output: Output
  readonly folder: RunFolder
  /** Card of the trained model. */
  readonly card: ModelCard
  /** Images of one step. */
  readonly batch: number
  /** Total of `--steps`, else seconds of `--max-minutes`. */
  readonly steps?: number
  readonly minutes?: number
  readonly knn?: { readonly train: string; readonly test: string }
  /** Cancels measuring. */
  readonly signal?: AbortSignal
}

/** A line for people, at most so often. */
const SECONDS_BETWEEN_LINES = 60

/**
 * Keeps the log of a run, says how it goes, and measures it.
 *
 * @throws DinokitError `file-not-found` where the labeled folders hold no images
 */
export async function keepRun({ output, folder, card, batch, steps, minutes, knn, signal }: RunKeeperOptions): Promise<RunKeeper> {
  const folders = knn && ([await labeledFolder(knn.train, output), await labeledFolder(knn.test, output)] as const)
  const skipped = new Map<string, DinokitError>()
  let session: ClassTokenSession | undefined
  let said = -Infinity
  let last: StepReport | undefined
  // An image is skipped while a step is made: where that can’t be logged, the next step says so.
  let logging = Promise.resolve()
  const say = async (entry: LogEntry, text: string): Promise<void> => {
    await folder.log(entry)
    output.report(folder.path, entry, text)
  }
  return {
    async onStep(report) {
      last = report
      await logging
      const entry = entryOf(report, batch)
      await folder.log(entry)
      output.advance(
        steps !== undefined ? report.step : Math.round(report.seconds),
        steps ?? Math.round(60 * (minutes ?? 0)),
        steps !== undefined ? 'steps' : 'seconds',
      )
      if (report.seconds - said < SECONDS_BETWEEN_LINES && report.share < 1) return
      said = report.seconds
      output.report(folder.path, entry, lineOf(report, batch))
    },
    onSkipped(source, error) {
      if (skipped.has(source)) return
      skipped.set(source, error)
      output.failure(source, error)
      const entry = { step: last?.step ?? 0, skipped: source, code: error.code, message: error.message }
      logging = logging.then(() => folder.log(entry))
      logging.catch(() => {})
    },
    async save(point) {
      await folder.save(point)
      await drawCurves(folder, card.id)
    },
    async evaluate(parameters, step) {
      if (!folders) return
      session ??= await createClassTokenSession(commandRuntime(), card)
      const score = await scoreNeighbors({ session, card, tensors: parameters }, folders, { runtime: commandRuntime(), signal })
      const text = `step ${step}: nearest neighbor ${(100 * score.accuracy).toFixed(1)} % (${score.known} known, ${score.asked} asked)`
      await say({ step, seconds: round(last?.seconds ?? 0), knn: score.accuracy, known: score.known, asked: score.asked }, text)
      await drawCurves(folder, card.id)
    },
    metrics: () => ({
      steps: last?.step ?? folder.point?.state.steps ?? 0,
      images: (last?.step ?? 0) * batch,
      seconds: round(last?.seconds ?? 0),
      ...(last && { loss: last.loss }),
      ...(skipped.size > 0 && { skipped: skipped.size }),
      knn: folder.entries().flatMap(({ step, knn: accuracy }) => (typeof accuracy === 'number' ? [{ step, accuracy }] : [])),
    }),
    dispose: async () => session?.dispose(),
  }
}

function entryOf(report: StepReport, batch: number): LogEntry {
  const { step, seconds, loss, gradientNorms, outputs, rates, stepSeconds, waitedSeconds } = report
  const terms = Object.entries(outputs).map(([name, { data }]): [string, number] => [name, data[0]!])
  return {
    step,
    seconds: round(seconds),
    loss,
    ...Object.fromEntries(terms),
    gradientNorms,
    learningRate: rates.learningRate,
    imagesPerSecond: round(batch / stepSeconds),
    waitedSeconds: round(waitedSeconds),
  }
}

function lineOf({ step, share, loss, seconds, stepSeconds, rates }: StepReport, batch: number): string {
  const left = share > 0 ? (seconds * (1 - share)) / share : undefined
  return [
    `step ${step}: loss ${loss.toFixed(4)}`,
    `${(100 * share).toFixed(0)} %`,
    `${(batch / stepSeconds).toFixed(1)} images/s`,
    ...(left === undefined ? [] : [`${(left / 60).toFixed(1)} min left`]),
    `learning rate ${rates.learningRate.toPrecision(3)}`,
  ].join(', ')
}

async function drawCurves(folder: RunFolder, name: string): Promise<void> {
  const { learningCurves } = await import('../draw/learning-curves.ts')
  const curve = (key: string): (readonly [number, number])[] =>
    folder.entries().flatMap((entry) => (typeof entry[key] === 'number' ? [[entry.step, entry[key]] as const] : []))
  const png = await learningCurves(`${name} (${basename(folder.path)})`, [
    { name: 'loss', points: curve('loss') },
    { name: 'nearest neighbor, share right', points: curve('knn') },
    { name: 'entropy of the teacher’s answers', points: curve('entropy') },
    { name: 'spread of class tokens', points: curve('spread') },
    { name: 'images a second', points: curve('imagesPerSecond') },
  ])
  await writeFileAtomic(`${folder.path}/curves.png`, [png])
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/**
 * Says of a step that diverged, or of a disk that is full, where the last good checkpoint is.
 *
 * @param error - anything
 * @param folder - of the run
 */
export function explainFailure(error: unknown, folder: RunFolder): unknown {
  if (!DinokitError.is(error, 'training-diverged') && !DinokitError.is(error, 'disk-full')) return error
  return new DinokitError(error.code, error.message, {
    hint: `The last good checkpoint is ${folder.lastCheckpoint() ?? 'none: none was saved yet'}.`,
    cause: error,
  })
}
