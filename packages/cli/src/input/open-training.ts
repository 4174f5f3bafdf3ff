import { DinokitError, findModelCard, type ModelCard } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import type { Store } from '@dinokit/store'
import { assertStoreOf } from '@dinokit/train/stored'
import { loadBackbone } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { openStore } from './open-store.ts'
import { cardFields } from '../options/card-options.ts'
import { runtimeOptions } from '../options/device-options.ts'
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
  {
    store: location,
    model,
    card: fields,
    device,
    threads,
    ...said
  }: Pick<TrainingOptions, 'store' | 'device' | 'threads' | 'model' | 'card' | 'weights' | 'adapter' | 'output'>,
  work: (source: TrainingSource) => Promise<Result>,
): Promise<Result> {
  await using store: Store = await openStore(location)
  const runtime = createNodeRuntime(runtimeOptions({ ...(device && { device }), ...(threads !== undefined && { threads }) }))
  const { fingerprint } = store.layout
  const card = model === undefined ? await cardOf(fingerprint.model) : await loadCard(model)
  const { dim, depth } = card.architecture
  assertStoreOf({ card, runtime }, store)
  return await work({ store, card, depth, dim, runtime })

  async function cardOf(id: string): Promise<ModelCard> {
    try {
      return findModelCard(id)
    } catch {
      return loadCard(id)
    }
  }

  async function loadCard(name: string): Promise<ModelCard> {
    const backbone = await loadBackbone(runtime, name, {
      ...cardFields({ ...(fields && { card: fields }), ...said }),
      signal,
      onProgress: output.onProgress,
    })
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
