import { openTensorFile } from '@dinokit/checkpoint'
import { DinokitError, openHead, type Head, type OpenHead } from '@dinokit/core'
import { readHeadFile, type HeadDescription, type HeadTask } from '@dinokit/head-kit'
import type { Store } from '@dinokit/store'
import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import type { TrainingSource } from './open-training.ts'
import { storeOptions, type TrainingOptions } from './training-options.ts'

/** What every command that judges a head takes. */
export interface EvalOptions extends Pick<TrainingOptions, 'store' | 'split' | 'threads' | 'model'> {
  readonly head: string
}

/** Adds the options that every command that judges a head takes. */
export function evalOptions(command: Command): Command {
  return storeOptions(command)
    .requiredOption('--head <file>', 'the head file to judge')
    .option('--split <name>', 'rows to judge by (default: all)')
}

/**
 * The description of a head file, and the head on the store’s model.
 *
 * @throws DinokitError `checkpoint-invalid` where it is no head file of this task, `fingerprint-mismatch` and
 *   `model-unsupported` where it is another model’s
 */
export async function openForStore<Options, Result>(
  { store, card, runtime }: TrainingSource,
  { signal }: CommandContext,
  head: Head<Options, Result>,
): Promise<OpenHead<Options, Result>> {
  return openHead(head, { card, fingerprint: store.layout.fingerprint, runtime, signal })
}

/** Reads what a head file says of itself. */
export async function describeHeadFile({ runtime }: TrainingSource, path: string, task: HeadTask): Promise<HeadDescription> {
  const file = await openTensorFile(await runtime.readAsset({ kind: 'file', path }))
  try {
    const found = await readHeadFile(file)
    if (found?.description.task === task) return found.description
    throw new DinokitError(
      'checkpoint-invalid',
      `${path} is ${found ? `a head for ${found.description.task}` : 'no head file of dinokit’s'}.`,
      {
        given: path,
        expected: `a head file for ${task}`,
      },
    )
  } finally {
    await file.close()
  }
}

/** Ids of the rows that a head is judged by. */
export async function idsOf(store: Store, split: string | undefined, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = []
  const filter = split === undefined ? {} : { split }
  for await (const { rows } of store.iterate({ ...filter, fields: ['id'], tensors: [], batch: 4096, signal }))
    ids.push(...rows.map(({ id }) => id))
  if (ids.length > 0) return ids
  throw new DinokitError('label-invalid', `${store.name} has no rows${split === undefined ? '' : ` of the split ${split}`}.`, {
    given: split ?? 'an empty store',
    expected: 'a split that `dinokit store info` lists',
  })
}
