import { DinokitError } from '@dinokit/core'
import { createNodeRuntime, writeFileWhole } from '@dinokit/runtime-node'
import { readTrainerState, writeTrainerState, type TrainerState } from '@dinokit/train'
import { rm } from 'node:fs/promises'
import { runDifference, type RunDescription } from '../runs/run-difference.ts'

const RUN_KEY = 'dinokit.run'

/** Where a training stands, beside the head that it makes. */
export interface TrainingCheckpoint {
  readonly path: string
  /**
   * The state to go on from.
   *
   * @throws DinokitError `file-not-found`, `checkpoint-invalid`; `invalid-option` where it is of another training
   */
  load(): Promise<TrainerState>
  /** Writes it whole, or not at all. */
  save(state: TrainerState): Promise<void>
  remove(): Promise<void>
}

/** The checkpoint of a training whose head goes to `out`. */
export function trainingCheckpoint(out: string, run: RunDescription): TrainingCheckpoint {
  const path = `${out}.training`
  return {
    path,
    async load() {
      const { metadata, ...state } = await readTrainerState(await createNodeRuntime().readAsset({ kind: 'file', path }))
      assertSameRun(path, JSON.parse(metadata[RUN_KEY] ?? '{}') as RunDescription, run)
      return state
    },
    save: (state) => writeFileWhole(path, [writeTrainerState(state, { [RUN_KEY]: JSON.stringify(run) })]),
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
