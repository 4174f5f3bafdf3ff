import type { ModelCard } from './model-card.ts'

/**
 * Version of cards in files. Version 1 had `licence` for `license`, and did not say its version.
 */
export const CARD_VERSION = 2

/**
 * The text of a card as files carry it: JSON with the version of the format. `parseModelCard` reads it.
 *
 * @param card - of a model
 */
export function modelCardText(card: ModelCard): string {
  return JSON.stringify({ version: CARD_VERSION, ...card })
}
