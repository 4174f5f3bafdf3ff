import type { ModelCard } from '@dinokit/core'
import type { RelatedModel } from '@dinokit/core/relatives'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { findAsset } from '@dinokit/runtime-node'
import { fileURLToPath } from 'node:url'

/** A model, and the names that it goes by. */
export interface ListedModel {
  readonly card: ModelCard
  /** Cards of the same weights as another publisher has them. */
  readonly also: readonly ModelCard[]
}

/** The cards of each model together: those of one architecture are the same weights from another publisher. */
export function listModels(cards: readonly ModelCard[]): ListedModel[] {
  const models = new Map<string, { readonly card: ModelCard; readonly also: ModelCard[] }>()
  for (const card of cards) {
    const key = JSON.stringify(card.architecture)
    const model = models.get(key)
    if (model) model.also.push(card)
    else models.set(key, { card, also: [] })
  }
  return [...models.values()]
}

/** Bytes that a model’s weights are about, in 32 bits: what there is to download. */
export function downloadBytes({ parameters, weights }: ModelCard): number {
  return weights === undefined ? 0 : 4 * parameters
}

/** Parts of a card that its speed follows from. */
interface Measured extends Pick<ModelCard, 'parameters'> {
  readonly architecture: Pick<ModelCard['architecture'], 'patch' | 'dim' | 'depth' | 'registers'>
}

/** Multiplications of one image at 224 pixels, in billions. */
function billions({ parameters, architecture: { patch, dim, depth, registers } }: Measured): number {
  const tokens = 1 + registers + Math.floor(224 / patch) ** 2
  return (parameters * tokens + 2 * depth * tokens * tokens * dim) / 1e9
}

const SPEEDS = [
  [3, 'fastest'],
  [10, 'fast'],
  [40, 'medium'],
  [150, 'slow'],
  [Infinity, 'slowest'],
] as const

/** Returns the speed class of a model among those of its kind, by the multiplications of one image. */
export function speedClass(card: Measured): (typeof SPEEDS)[number][1] {
  const work = billions(card)
  return SPEEDS.find(([most]) => work <= most)![1]
}

/** Files that weights are in on the hub. */
const WEIGHTS = ['model.safetensors', 'pytorch_model.bin', 'model.safetensors.index.json', 'pytorch_model.bin.index.json']

/** Returns the path of a model’s weights, where they are on this machine. */
export async function pathOf(card: ModelCard | RelatedModel): Promise<string | undefined> {
  if ('repo' in card) {
    for (const file of WEIGHTS) {
      const path = await findAsset({ kind: 'hub', repo: card.repo, file })
      if (path !== undefined) return path
    }
    return undefined
  }
  return card.weights ? findAsset(card.weights) : fileURLToPath(TINY_ASSETS.weights)
}

/** Adds to a card the path of its weights, where they are on this machine. */
export async function describeCard<Card extends ModelCard | RelatedModel>(card: Card): Promise<Card & { readonly path?: string }> {
  const path = await pathOf(card)
  return { ...card, ...(path && { path }) }
}
