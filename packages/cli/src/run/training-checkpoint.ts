import { DinokitError } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { readTrainerState, withoutPrefix, withPrefix, writeTrainerState } from '@dinokit/train'
import type { DenseRun, SavedDenseTraining, WatchedEpochs } from '@dinokit/train/stored'
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { runDifference, type RunDescription } from './run-difference.ts'
import { commandRuntime } from '../input/command-runtime.ts'

const RUN_KEY = 'dinokit.run'
const STAGES_KEY = 'dinokit.stages'
/** Prefix of the tensors of the head that is kept. */
const KEPT = 'kept.'

/** Where a training stands, beside the head that it makes. */
export interface TrainingCheckpoint {
  readonly path: string
  /**
   * Where to go on from.
   *
   * @throws DinokitError `file-not-found`, `checkpoint-invalid`; `invalid-option` where it is of another training
   */
  load(): Promise<SavedDenseTraining>
  /** Writes it whole, or not at all. */
  save(training: SavedDenseTraining): Promise<void>
  remove(): Promise<void>
}

/**
 * Finds the checkpoint of a training.
 *
 * @param out - where its head goes
 * @param of - what tells it from others; for one that is only removed, nothing
 */
export function trainingCheckpoint(out: string, of: Partial<DenseRun> = {}): TrainingCheckpoint {
  const run: RunDescription = { ...of, ...(of.rows && { rows: idsHash(of.rows) }) }
  const path = `${out}.training`
  return {
    path,
    async load() {
      const { metadata, steps, tensors } = await readTrainerState(await commandRuntime().readAsset({ kind: 'file', path }))
      assertSameRun(path, JSON.parse(metadata[RUN_KEY] ?? '{}') as RunDescription, run)
      const stages = JSON.parse(metadata[STAGES_KEY] ?? '[]', (_, value: unknown) => value ?? undefined) as WatchedEpochs['stages']
      const kept = withoutPrefix(KEPT, tensors)
      const own = Object.entries(tensors).filter(([name]) => !name.startsWith(KEPT))
      return {
        state: { steps, tensors: Object.fromEntries(own) },
        watched: { stages, ...(Object.keys(kept).length > 0 && { tensors: kept }) },
      }
    },
    save: ({ state, watched }) =>
      writeFileAtomic(path, [
        writeTrainerState(
          { ...state, tensors: { ...state.tensors, ...withPrefix(KEPT, watched.tensors ?? {}) } },
          { [RUN_KEY]: JSON.stringify(run), [STAGES_KEY]: JSON.stringify(watched.stages) },
        ),
      ]),
    remove: () => rm(path, { force: true }),
  }
}

function assertSameRun(path: string, saved: RunDescription, run: RunDescription): void {
  const different = runDifference(run, saved)
  if (!different) return
  throw new DinokitError('invalid-option', `${path} is of another training: its ${different.keys.join(', ')} differ.`, {
    given: different.asked,
    expected: different.saved,
    hint: 'Give the same options and data, or start anew without --resume.',
  })
}

function idsHash(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join('\n')).digest('hex')
}
