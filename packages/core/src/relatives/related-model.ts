import type { CardFields } from '../cards/card-fields.ts'
import type { Architecture } from '../cards/model-card.ts'

/** Shape of a network, as far as the names and shapes of its tensors tell it. */
export type NetworkShape = Pick<Architecture, 'patch' | 'dim' | 'depth' | 'ffn' | 'ffnHidden' | 'registers'> & {
  /** Whether positions are rotary, and none are stored. */
  readonly rotary: boolean
}

/** A relative of DINOv2 that dinokit knows by name. Its weights are on the hub with a configuration, which says what is not here. */
export interface RelatedModel {
  readonly id: string
  /** Name of the models of one kind, such as `DINOv3`. */
  readonly family: string
  /** One line for a person. */
  readonly description: string
  /** Repository on the hub. */
  readonly repo: string
  /** Number of parameters. */
  readonly parameters: number
  readonly shape: NetworkShape
  /** Side of its images in pixels. */
  readonly input: number
  /** Fields of the card that are the model's, whatever its configuration leaves out. */
  readonly card?: CardFields
  /** Name of the weights' license: an SPDX identifier where it has one. */
  readonly license: string
  /** A sentence on what the license asks, where it is more than notices. */
  readonly terms?: string
  /** Whether the hub gives the weights only to those who accepted their terms on the repository's page. */
  readonly gated: boolean
}
