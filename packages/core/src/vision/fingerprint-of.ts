import { cardVersionOf } from '../cards/model-card-text.ts'
import type { ModelCard } from '../cards/model-card.ts'
import { networkId } from '../cards/network-id.ts'
import type { Backbone } from '../contract/backbone.ts'
import { FINGERPRINT_VERSION, type Fingerprint } from '../contract/fingerprint.ts'
import { preprocessingId } from '../image/plan-input.ts'

/**
 * The fingerprint of what a backbone makes.
 *
 * @param backbone - card, digests, precision
 * @param preprocessing - how images are prepared, as `preprocessingId` says it; default: as the card does
 */
export function fingerprintOf(
  { card, digest, rounded, precision }: Pick<Backbone, 'card' | 'digest' | 'rounded' | 'precision'>,
  preprocessing: string = preprocessingId(card.preprocessing),
): Fingerprint {
  return {
    version: FINGERPRINT_VERSION,
    model: card.id,
    weights: digest,
    ...(rounded && { rounded }),
    network: networkId(card),
    precision,
    preprocessing,
    resampler: card.preprocessing.resampler ?? 'pillow',
    interpolation: card.interpolation,
    pooling: poolingOf(card),
    card: cardVersionOf(card),
  }
}

/** Kind of a card's vector, as fingerprints say it: they called the class token `cls` before there was another. */
function poolingOf({ architecture, embedding = 'class' }: ModelCard): string {
  return architecture.pooling === 'mean' ? 'mean' : embedding === 'class' ? 'cls' : embedding
}
