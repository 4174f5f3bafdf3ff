import type { ModelCard } from './model-card.ts'

/**
 * Version of cards in files. Version 1 had `licence` for `license`, and did not say its version. Version 3 adds `cropStart`,
 * `aspect` and `channels`, which a reader of version 2 would pass over: it is written where a card says one of these. Version 4 adds
 * rotary positions, version 5 `embedding`.
 */
export const CARD_VERSION = 5

/**
 * The lowest version of the format that says all of a card: by it a card is understood.
 *
 * @param card - of a model
 */
export function cardVersionOf({
  architecture,
  interpolation,
  preprocessing,
  embedding,
}: Pick<ModelCard, 'architecture' | 'interpolation' | 'preprocessing' | 'embedding'>): number {
  if (embedding) return CARD_VERSION
  if (interpolation.startsWith('rotary')) return 4
  return [architecture.channels, preprocessing.cropStart, preprocessing.aspect].every((value) => value === undefined) ? 2 : 3
}

/**
 * The text of a card as files carry it: JSON with the version of the format. `parseModelCard` reads it.
 *
 * @param card - of a model
 */
export function modelCardText(card: ModelCard): string {
  return JSON.stringify({ version: cardVersionOf(card), ...card })
}
