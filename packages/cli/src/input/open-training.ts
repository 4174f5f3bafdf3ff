import { DinokitError, findModelCard, type ModelCard } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import type { Store } from '@dinokit/store'
import { loadBackbone } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { openStore } from './open-store.ts'
import type { TrainingOptions } from '../options/training-options.ts'

/** A store, what is known of its model, and what sessions are made by. */
export interface TrainingSource {
  readonly store: Store
  readonly card: ModelCard
  /** Number of the model’s layers. */
  readonly depth: number
  /** Width of a token. */
  readonly dim: number
  readonly runtime: ReturnType<typeof createNodeRuntime>
}

/**
 * Opens a store to train on or to evaluate on.
 *
 * @throws DinokitError those of stores and of models; `fingerprint-mismatch` where another model is named than the store’s
 */
export async function withTrainingSource<Result>(
  { signal, output }: CommandContext,
  { store: location, threads, model }: Pick<TrainingOptions, 'store' | 'threads' | 'model'>,
  work: (source: TrainingSource) => Promise<Result>,
): Promise<Result> {
  await using store: Store = await openStore(location)
  const runtime = createNodeRuntime(threads === undefined ? {} : { engine: { threads } })
  const { fingerprint, tensors } = store.layout
  const card = model === undefined ? await cardOf(fingerprint.model) : await loadCard(model)
  const { dim, depth } = card.architecture
  if (dim !== tensors.cls![0]) {
    throw new DinokitError(
      'fingerprint-mismatch',
      `${store.name} has tokens of ${tensors.cls![0]}, and ${card.id} makes tokens of ${dim}.`,
      {
        given: `${card.id} of width ${dim}`,
        expected: `${fingerprint.model} of width ${tensors.cls![0]}`,
      },
    )
  }
  return await work({ store, card, depth, dim, runtime })

  async function cardOf(id: string): Promise<ModelCard> {
    try {
      return findModelCard(id)
    } catch {
      return loadCard(id)
    }
  }

  async function loadCard(name: string): Promise<ModelCard> {
    const backbone = await loadBackbone(runtime, name, { signal, onProgress: output.onProgress })
    try {
      if (model !== undefined && backbone.card.id !== fingerprint.model) {
        throw new DinokitError('fingerprint-mismatch', `${store.name} was made by ${fingerprint.model}, not by ${backbone.card.id}.`, {
          given: backbone.card.id,
          expected: fingerprint.model,
        })
      }
      return backbone.card
    } finally {
      await backbone.close()
    }
  }
}

/** Which rows are trained on, and which are held back. */
export interface Splits {
  /** Undefined: all rows. */
  readonly train: string | undefined
  /** A split, or a share of those. */
  readonly validation: string | number
}

/** A share that is held back where nothing else is said. */
export const SHARE = 0.2

/**
 * The splits that are meant: `train` and `val` where there are such, else a share of all rows.
 *
 * @throws DinokitError `label-invalid` for a split without rows, `invalid-option` for one that is both
 */
export async function splitsOf(store: Store, { split, validation }: Pick<TrainingOptions, 'split' | 'validation'>): Promise<Splits> {
  const has = async (name: string): Promise<boolean> => (await store.count({ split: name })) > 0
  for (const name of [split, validation]) {
    if (typeof name !== 'string' || (await has(name))) continue
    throw new DinokitError('label-invalid', `${store.name} has no rows of the split ${name}.`, {
      given: name,
      expected: 'a split that `dinokit store info` lists',
    })
  }
  const train = split ?? ((await has('train')) ? 'train' : undefined)
  const held = validation ?? (train !== undefined && train !== 'val' && (await has('val')) ? 'val' : SHARE)
  if (held === train || (train === undefined && typeof held === 'string')) {
    throw new DinokitError('invalid-option', `The rows of ${held} would be used for both training and evaluation.`, {
      given: `split ${train ?? '(all)'}, validation ${held}`,
      expected: 'two splits, or a share',
    })
  }
  return { train, validation: held }
}
