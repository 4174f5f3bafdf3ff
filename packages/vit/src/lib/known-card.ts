import type { Activation, CardFields } from '@dinokit/core'

/** Where a value of a card comes from, the surest first. */
export type CardSource =
  /** Said by the user. */
  | 'card'
  /** The card that dinokit wrote into the file. */
  | 'file'
  /** A configuration beside the file, or what its library takes where the configuration says nothing. */
  | 'config'
  /** The names of the tensors. */
  | 'names'
  /** The shapes of the tensors. */
  | 'shapes'
  /** Nothing says it: as in the published DINOv2 of the same shapes, or as in all of these networks. */
  | 'assumed'

/** Values that one source says; what it does not say is undefined. */
export interface CardFacts {
  readonly from: CardSource
  readonly fields: CardFields
}

/** The names that libraries have for activations. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_tanh: 'gelu_tanh',
  quick_gelu: 'quick_gelu',
  quickgelu: 'quick_gelu',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
}

/**
 * The activation of a name in a configuration.
 *
 * @returns undefined where it is none that dinokit has
 */
export function activationOf(name: string): Activation | undefined {
  return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined
}
