import type { InputSize } from '@dinokit/core'
import { describeTrainedRows } from '@dinokit/head-kit'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { writeHeadModel, type HeadFileDescription, type HeadModel } from '@dinokit/train'
import { basename, extname } from 'node:path'
import { commandLine } from '../options/command-line.ts'
import type { TrainingSource } from '../input/open-training.ts'
import type { TrainingOptions } from '../options/training-options.ts'

/** What a trained head’s file says beside its network. */
export interface TrainedHead {
  readonly task: HeadFileDescription['task']
  readonly layers: readonly number[]
  readonly tokens: HeadFileDescription['input']['tokens']
  readonly classes?: readonly string[]
  /** sha256 of the files of the images that trained it. */
  readonly trainedOn: readonly string[]
  /** Data, splits, metrics and how they were measured. */
  readonly card: Readonly<Record<string, unknown>>
}

/** The bytes of a head file: its backbone is the store’s. */
export function headBytes(
  { store, card: { architecture } }: TrainingSource,
  model: HeadModel,
  { task, layers, tokens, classes, trainedOn, card }: TrainedHead,
  { out, name, seed }: Pick<TrainingOptions, 'out' | 'name' | 'seed'>,
): Uint8Array {
  const { fingerprint, size } = store.layout
  return writeHeadModel(model, {
    task,
    name: name ?? basename(out, extname(out)),
    backbone: { ...fingerprint, dim: architecture.dim, ...(tokens.includes('attention') && { heads: architecture.heads }) },
    input: { layers, norm: true, tokens, size: size satisfies InputSize },
    ...(classes && { classes: classes.map((label) => ({ name: label })) }),
    trainedOn: describeTrainedRows(trainedOn),
    card: { ...card, seed, command: commandLine() },
  })
}

/** Writes a head file whole, or not at all. */
export async function writeHead(out: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  await writeFileAtomic(out, [bytes], signal)
}

/** Rounds metrics for a card: four digits after the point. */
export function roundMetrics(metrics: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) => (typeof value === 'number' ? [[name, Number(value.toFixed(4))]] : [])),
  )
}
