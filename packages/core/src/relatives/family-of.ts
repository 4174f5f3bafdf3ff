import type { ModelCard } from '../cards/model-card.ts'
import { MODEL_CARDS } from '../cards/model-registry.ts'
import type { NetworkShape } from './related-model.ts'
import { RELATED_MODELS } from './related-models.ts'

/** Family of a network, and the license of the weights that were published in it. */
export interface ModelFamily {
  /** Such as `DINOv3`. */
  readonly family: string
  /** Licenses of the published weights of this shape: whose a file's weights are its shapes do not say. */
  readonly license: string
}

/**
 * Finds the families whose published networks have a card's shape. Several may: LingBot-Vision has DINOv3's shapes, and RAD-DINO is a DINOv2.
 *
 * @param card - of any model
 */
export function familiesOf(card: Pick<ModelCard, 'architecture' | 'interpolation' | 'parameters'>): readonly ModelFamily[] {
  const { channels = 3, dim, pooling, finalNorm = true } = card.architecture
  if (channels !== 3 || pooling === 'mean' || !finalNorm) return []
  const shape = shapeOf(card)
  // Other libraries' files have a mask token or a position more or less; LayerScale is more than these.
  const alike = (known: NetworkShape, parameters: number): boolean =>
    isSameShape(known, shape) && (shape.rotary || Math.abs(card.parameters - parameters) <= 2 * dim)
  const dinov2 = MODEL_CARDS.filter((known) => known.weights && alike(shapeOf(known), known.parameters))
  const found = [
    ...dinov2.map(({ license }) => ({ family: 'DINOv2', license })),
    ...RELATED_MODELS.filter(({ shape: known, parameters }) => alike(known, parameters)).map(({ family, license }) => ({
      family,
      license,
    })),
  ]
  return found.filter(({ family }, index) => found.findIndex((other) => other.family === family) === index)
}

/**
 * Reads a network's shape from its card.
 *
 * @param card - of any model
 */
export function shapeOf({
  architecture: { patch, dim, depth, ffn, ffnHidden, registers },
  interpolation,
}: Pick<ModelCard, 'architecture' | 'interpolation'>): NetworkShape {
  return { patch, dim, depth, ffn, ffnHidden, registers, rotary: interpolation.startsWith('rotary') }
}

/** Whether two networks have one shape. */
export function isSameShape(a: NetworkShape, b: NetworkShape): boolean {
  return (Object.keys(a) as (keyof NetworkShape)[]).every((key) => a[key] === b[key])
}
