import type { InputSize } from '@dinokit/core'
import { describeTrainedRows } from '@dinokit/head-kit'
import type { Store } from '@dinokit/store'
import { writeHeadModel, type HeadFileDescription, type HeadModel } from '../index.ts'
import type { TrainedModel } from './trained-model.ts'

/** Name of the file of a head that is trained on a store, and the words of its card. */
export interface HeadFileOptions {
  /** The head’s name. Default: its task. */
  readonly name?: string
  /** Entries of the file’s card beside those that the training writes, such as `license`. */
  readonly card?: Readonly<Record<string, unknown>>
}

/** Description in the file of a head, beside its network. */
export interface StoredHeadDescription {
  readonly task: HeadFileDescription['task']
  readonly layers: readonly number[]
  readonly tokens: HeadFileDescription['input']['tokens']
  /** Attention heads, where not all of each layer are read. */
  readonly heads?: HeadFileDescription['input']['heads']
  readonly classes?: readonly string[]
  /** sha256 of the files of the images that trained it. */
  readonly trainedOn: readonly string[]
  /** Data, splits, metrics and how they were measured. */
  readonly card: Readonly<Record<string, unknown>>
}

/**
 * Writes the head file of a head that was trained on a store: its backbone and its input are the store’s.
 *
 * @param from - the model and the store
 * @param head - the network and its tensors
 * @param description - what it looks at, and what it was trained on
 * @param options - its name, more for its card
 * @returns the file’s bytes
 */
export function storedHeadFile(
  { model, store }: { readonly model: TrainedModel; readonly store: Store },
  head: HeadModel,
  { task, layers, tokens, heads: chosen, classes, trainedOn, card }: StoredHeadDescription,
  options: HeadFileOptions,
): Uint8Array {
  const { fingerprint, size } = store.layout
  const { dim, heads } = model.card.architecture
  return writeHeadModel(head, {
    task,
    name: options.name ?? task,
    backbone: { ...fingerprint, dim, ...(tokens.includes('attention') && { heads }) },
    input: { layers, norm: true, tokens, ...(chosen && { heads: chosen }), size: size satisfies InputSize },
    ...(classes && { classes: classes.map((label) => ({ name: label })) }),
    trainedOn: describeTrainedRows(trainedOn),
    card: { ...card, ...options.card },
  })
}

/** Rounds metrics for a card: four digits after the point. */
export function roundMetrics(metrics: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (typeof value === 'number' ? [[name, Number(value.toFixed(4))]] : [])),
  )
}
