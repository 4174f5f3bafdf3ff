import { assertNotNewer, bytesSource, decodeText, DinokitError } from '@dinokit/core'
import { appendToFile, ifThere, takeLock, writeFileAtomic } from '@dinokit/runtime-node'
import { readTrainerState, writeTrainerState, type RunPoint, type TrainerState } from '@dinokit/train'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { currentEntry, currentRecipe, currentTensors, RUN_VERSION } from './run-version.ts'
import { runDifference, type RunDescription } from './run-difference.ts'

/** One line of a run's log: plain data. `step` says after which step it was written. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly step: number }

/** A folder that a run keeps itself in: `log.jsonl`, and checkpoints of which the last two stay. Whoever opens it disposes of it. */
export interface RunFolder {
  readonly path: string
  /** Where the run stands, where it is to go on. */
  readonly point: RunPoint | undefined
  /** All that was logged, oldest first. */
  entries(): readonly LogEntry[]
  /**
   * Adds a line to the log.
   *
   * @throws DinokitError `disk-full`, `file-unwritable`
   */
  log(entry: LogEntry): Promise<void>
  /**
   * Keeps where the run stands, whole or not at all.
   *
   * @returns the checkpoint's path
   * @throws DinokitError `disk-full`, `file-unwritable`; the checkpoints before are still there
   */
  save(point: RunPoint): Promise<string>
  /** Path of the last good checkpoint. */
  lastCheckpoint(): string | undefined
  /** Lets another process have the folder. */
  [Symbol.asyncDispose](): Promise<void>
}

const RUN_KEY = 'dinokit.run'
const KEPT = 2
const CHECKPOINT = /^checkpoint-(\d+)\.safetensors$/
/** Pattern of files that a process left that was killed while it saved. */
const TORN = /^checkpoint-.*\.part$/

/**
 * Opens the folder of a run, and finds where it stands.
 *
 * @param path - of the folder; made where it is not there
 * @param recipe - what the run is
 * @param resume - whether it is to go on where it was interrupted
 * @throws DinokitError `invalid-option` where a run is there already and `resume` is not said; `file-not-found` where none
 *   is and it is; `checkpoint-invalid` where it is another run, or none of its checkpoints can be read;
 *   `contract-mismatch` where a newer dinokit wrote it;
 *   `run-locked` where a living process has it; `disk-full`, `file-unwritable` where it can't be a folder
 */
export async function openRunFolder(path: string, recipe: RunDescription, resume: boolean): Promise<RunFolder> {
  if (resume && (await checkpointsIn(path)).length === 0) {
    throw new DinokitError('file-not-found', `There is no run to resume in ${path}.`, {
      given: path,
      expected: 'checkpoint-N.safetensors',
    })
  }
  const refuse = (holder: string): DinokitError =>
    new DinokitError('run-locked', `The run in ${path} is in use by ${holder}.`, {
      given: path,
      expected: 'one process at a time',
      hint: 'Wait until it has ended, or give --run another folder.',
    })
  const lock = await takeLock(join(path, '.lock'), { refuse })
  try {
    return { ...(await openLocked(path, recipe, resume)), [Symbol.asyncDispose]: () => lock.release() }
  } catch (cause) {
    await lock.release()
    throw cause
  }
}

async function openLocked(path: string, recipe: RunDescription, resume: boolean): Promise<Omit<RunFolder, typeof Symbol.asyncDispose>> {
  const checkpoints = await checkpointsIn(path)
  if (checkpoints.length > 0 && !resume) {
    throw new DinokitError('invalid-option', `There is already a run in ${path}.`, {
      given: checkpoints[checkpoints.length - 1]!,
      expected: '--resume to go on, or another folder',
    })
  }
  for (const name of await namesIn(path)) if (TORN.test(name)) await rm(join(path, name), { force: true })
  const found = resume ? await newestReadable(path, checkpoints, recipe) : undefined
  const entries = resume ? await entriesUntil(join(path, 'log.jsonl'), found!.state.steps) : []
  await writeFileAtomic(join(path, 'log.jsonl'), [new TextEncoder().encode(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))])
  let last = checkpoints.map((name) => join(path, name)).at(-1)
  return {
    path,
    point: found,
    entries: () => entries,
    async log(entry) {
      entries.push(entry)
      await appendToFile(join(path, 'log.jsonl'), `${JSON.stringify(entry)}\n`)
    },
    async save({ state, next, seconds }) {
      const file = join(path, `checkpoint-${String(state.steps).padStart(7, '0')}.safetensors`)
      const about = JSON.stringify({ version: RUN_VERSION, recipe, next, seconds })
      await writeFileAtomic(file, [writeTrainerState(state, { [RUN_KEY]: about })])
      last = file
      for (const old of (await checkpointsIn(path)).slice(0, -KEPT)) await rm(join(path, old), { force: true })
      return file
    },
    lastCheckpoint: () => last,
  }
}

/** None where the folder is not there yet. */
async function namesIn(path: string): Promise<string[]> {
  return (await ifThere(path, readdir(path))) ?? []
}

async function checkpointsIn(path: string): Promise<string[]> {
  return (await namesIn(path)).filter((name) => CHECKPOINT.test(name)).sort((a, b) => stepOf(a) - stepOf(b))
}

function stepOf(name: string): number {
  return Number(CHECKPOINT.exec(name)![1])
}

/** A damaged checkpoint costs the steps since the one before. One of another run is an error. */
async function newestReadable(path: string, names: readonly string[], recipe: RunDescription): Promise<RunPoint> {
  let failure: unknown
  for (const name of names.toReversed()) {
    const file = join(path, name)
    let saved: TrainerState & { readonly metadata: Readonly<Record<string, string>> }
    try {
      saved = await readTrainerState(bytesSource(file, new Uint8Array(await readFile(file))))
    } catch (cause) {
      failure ??= cause
      continue
    }
    const { version, ...at } = aboutOf(file, saved.metadata[RUN_KEY], recipe)
    return { state: { steps: saved.steps, tensors: currentTensors(version, saved.tensors) }, ...at }
  }
  throw new DinokitError('checkpoint-invalid', `None of the checkpoints in ${path} can be read.`, {
    given: names.join(', '),
    hint: 'Begin again, in another folder.',
    cause: failure,
  })
}

type RunAbout = Pick<RunPoint, 'next' | 'seconds'> & { readonly version: number }

function aboutOf(file: string, text: string | undefined, recipe: RunDescription): RunAbout {
  const about = JSON.parse(text ?? '{}') as Partial<Pick<RunPoint, 'next' | 'seconds'>> & { version?: number; recipe?: RunDescription }
  const { version = 1 } = about
  assertNotNewer(file, version, RUN_VERSION)
  if (!about.next || about.seconds === undefined) {
    throw new DinokitError('checkpoint-invalid', `${file} lacks the state of its run.`, {
      given: Object.keys(about).join(', ') || 'nothing',
      expected: 'version, recipe, next, seconds',
      hint: 'It may be of another program. Begin again, in another folder.',
    })
  }
  const different = runDifference(recipe, currentRecipe(version, about.recipe ?? {}))
  if (different) {
    throw new DinokitError('checkpoint-invalid', `${file} is of another run.`, {
      given: different.asked,
      expected: `${different.saved}, as it was begun`,
    })
  }
  return { version, next: about.next, seconds: about.seconds }
}

/** Reads the log until a step: what was logged after the checkpoint happens again. A last line may be torn. */
async function entriesUntil(file: string, step: number): Promise<LogEntry[]> {
  const text = (await ifThere(file, readFile(file, 'latin1'))) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(decodeText(file, Buffer.from(line, 'latin1'), 'checkpoint-invalid')) as LogEntry
      return entry.step <= step ? [currentEntry(entry)] : []
    } catch {
      return []
    }
  })
}
