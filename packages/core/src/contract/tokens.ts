import type { Fingerprint } from './fingerprint.ts'
import type { Placement } from '../image/placement.ts'
import type { Pixels } from '../image/pixels.ts'
import type { Tensor } from './tensor.ts'

/** The tokens of one layer, split by kind. */
export interface LayerTokens {
  /** [dim] */
  readonly cls: Tensor
  /** [registers][dim]; [0][dim] for a model without registers. */
  readonly registers: Tensor
  /** [rows][columns][dim], one vector a patch, top left first. */
  readonly patches: Tensor
}

/** A layer's attention inputs, before heads are split: dense descriptors (dino-vit-features, arXiv 2112.05814). */
export interface Facets {
  /** [tokens][dim] */
  readonly query: Tensor
  /** [tokens][dim] */
  readonly key: Tensor
  /** [tokens][dim] */
  readonly value: Tensor
}

/** Time of each step for an image, in milliseconds; in a batch, its share of the run. */
export interface Timing {
  readonly decode: number
  readonly preprocess: number
  readonly run: number
}

/**
 * Tokens of one image: plain data, after the final LayerNorm. Token order in `attention` and `facets`
 * is CLS, registers, patches row by row.
 */
export interface Tokens extends LayerTokens {
  /**
   * The vector that stands for the image as a whole, by the card's `embedding`: what stores search and `similarity` compares. [dim], and
   * the class token itself, for most models; [2 * dim] for `class-and-mean`.
   */
  readonly embedding: Tensor
  /** Chosen layers by number, counted from 1, after the final LayerNorm. */
  readonly layers: Readonly<Record<number, LayerTokens>>
  /** Chosen layers by number, counted from 1, before the final LayerNorm. */
  readonly rawLayers: Readonly<Record<number, LayerTokens>>
  /** Attention of chosen layers by number, counted from 1: [heads][tokens][tokens], each row sums to 1. */
  readonly attention: Readonly<Record<number, Tensor>>
  /** Queries, keys and values of chosen layers by number, counted from 1. */
  readonly facets: Readonly<Record<number, Facets>>
  /** Where the input lies in the source image. */
  readonly placement: Placement
  /** Fingerprint of these tokens. */
  readonly fingerprint: Fingerprint
  /** Time of each step. */
  readonly timing: Timing
  /** The model's input, where it was asked for. */
  readonly pixels?: Pixels
}

/**
 * Whether a value is tokens, rather than an image.
 *
 * @param value - anything
 */
export function isTokens(value: unknown): value is Tokens {
  return typeof value === 'object' && value !== null && 'patches' in value && 'fingerprint' in value && 'placement' in value
}
