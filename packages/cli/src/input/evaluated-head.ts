import { openTensorFile } from '@dinokit/checkpoint'
import { DinokitError, openHead, type Head, type OpenHead } from '@dinokit/core'
import { countTrainedRows, readHeadFile, type HeadDescription, type HeadTask } from '@dinokit/head-kit'
import type { RowInfo, Store } from '@dinokit/store'
import type { Command } from 'commander'
import type { CommandContext } from '../output/command-context.ts'
import type { TrainingSource } from './open-training.ts'
import { ALLOW_PRECISION } from '../options/device-options.ts'
import { storeOptions, type TrainingOptions } from '../options/training-options.ts'

/** Options of every command that evaluates a head. */
export interface EvalOptions extends Pick<TrainingOptions, 'store' | 'split' | 'device' | 'threads' | 'model'> {
  readonly head: string
  readonly allowPrecision?: boolean
}

/** Adds the options that every command that evaluates a head takes. */
export function evalOptions(command: Command): Command {
  return storeOptions(command)
    .requiredOption('--head <file>', 'the head file to evaluate')
    .option('--split <name>', 'rows to evaluate on (default: all)')
    .option(...ALLOW_PRECISION)
}

/**
 * The description of a head file, and the head on the store’s model.
 *
 * @throws DinokitError `checkpoint-invalid` where it is no head file of this task, `fingerprint-mismatch` and
 *   `model-unsupported` where it is another model’s
 */
export async function openForStore<Options, Result>(
  { store, card, runtime }: TrainingSource,
  { output, signal }: CommandContext,
  head: Head<Options, Result>,
  { allowPrecision = false }: Pick<EvalOptions, 'allowPrecision'>,
): Promise<OpenHead<Options, Result>> {
  return openHead(head, {
    card,
    fingerprint: store.layout.fingerprint,
    runtime,
    allowPrecision,
    onNote: (note) => output.note(note),
    signal,
  })
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

/** A row that a head is evaluated on. */
type EvaluatedRow = Pick<RowInfo, 'id' | 'hash'>

/** The rows that a head is evaluated on. */
export async function rowsToEvaluate(store: Store, split: string | undefined, signal: AbortSignal): Promise<EvaluatedRow[]> {
  const found: EvaluatedRow[] = []
  const filter = split === undefined ? {} : { split }
  for await (const { rows } of store.iterate({ ...filter, fields: ['id', 'hash'], tensors: [], batch: 4096, signal })) found.push(...rows)
  if (found.length > 0) return found
  throw new DinokitError('label-invalid', `${store.name} has no rows${split === undefined ? '' : ` of the split ${split}`}.`, {
    given: split ?? 'an empty store',
    expected: 'a split that `dinokit store info` lists',
  })
}

/** Words about rows that a head was trained on. */
export interface TrainedOnWords {
  /** For JSON: how many of the rows. */
  readonly trainedOn?: number
  /** For people, after the number of rows; empty where none trained it, or that is not known. */
  readonly words: string
}

/** Says how many of the rows that a head is evaluated on trained it, and what its card says of others. */
export function trainedOnWords({ trainedOn, card }: HeadDescription, rows: readonly EvaluatedRow[]): TrainedOnWords {
  const found = countTrainedRows(
    trainedOn,
    rows.map(({ hash }) => hash),
  )
  if (!found) return { words: '' }
  const { count, exact } = found
  if (count === 0) return { trainedOn: 0, words: '' }
  const which = count === rows.length ? 'all of which' : `${exact ? '' : 'about '}${count} of which`
  return { trainedOn: count, words: `, ${which} trained it: on other images it does less well${cardWords(card)}` }
}

/** The first of the metrics that a card has, and how it was measured. */
function cardWords(card: HeadDescription['card']): string {
  const { metrics, measured } = (card ?? {}) as { readonly metrics?: unknown; readonly measured?: unknown }
  const [first] = Object.entries(typeof metrics === 'object' && metrics !== null ? metrics : {})
  if (!first || typeof first[1] !== 'number' || typeof measured !== 'string') return ''
  const value = ['top1', 'pixelAccuracy', 'miou'].includes(first[0]) ? `${(100 * first[1]).toFixed(1)} %` : first[1].toFixed(3)
  return ` (its card: ${first[0]} ${value} ${measured})`
}
