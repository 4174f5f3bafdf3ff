import type { AssetReference } from './asset-reference.ts'
import type { RoundedDigests } from './fingerprint.ts'
import type { ByteSource } from './byte-source.ts'
import type { ModelCard } from '../cards/model-card.ts'
import type { OnnxModel } from './onnx-model.ts'
import type { Padding, PixelTensor } from '../image/preprocess.ts'
import type { AnyTensor, Tensor } from './tensor.ts'
import type { Facets, LayerTokens } from './tokens.ts'

/** Outputs of a session beside the final tokens. Layers count from 1. */
export interface OutputRequest {
  /** Layers whose tokens are wanted after the final LayerNorm, as the reference gives them. */
  readonly layers?: readonly number[]
  /** Layers whose tokens are wanted raw, before the final LayerNorm. */
  readonly rawLayers?: readonly number[]
  /** Layers whose attention maps are wanted. */
  readonly attention?: readonly number[]
  /** Layers whose queries, keys and values are wanted. */
  readonly facets?: readonly number[]
  /** Accept a mask of patches to replace by the mask token. Default false. */
  readonly masks?: boolean
}

/** The tokens of one image of a batch, as a backbone reads them from a session's outputs. */
export interface BackboneTokens extends LayerTokens {
  readonly layers: Readonly<Record<number, LayerTokens>>
  readonly rawLayers: Readonly<Record<number, LayerTokens>>
  readonly attention: Readonly<Record<number, Tensor>>
  readonly facets: Readonly<Record<number, Facets>>
}

/** A backbone made ready for one choice of outputs: the graph, and how its tensors are to be read. */
export interface BackboneGraph {
  readonly model: OnnxModel
  /**
   * The session's inputs for a batch of images of one size.
   *
   * @param pixels - [batch][height][width][3], sides multiples of the patch
   * @param mask - [batch][rows * columns], 1 where the mask token replaces the patch
   * @param padding - of every image of the batch: what the network is to see as zero
   */
  feeds(pixels: PixelTensor, mask?: Tensor<'bool'>, padding?: Padding): Record<string, AnyTensor>
  /**
   * The tokens of each image, as views of the session's outputs.
   *
   * @param outputs - of one run
   * @param batch - number of images
   * @param grid - rows and columns of patches
   */
  read(outputs: Readonly<Record<string, AnyTensor>>, batch: number, grid: readonly [number, number]): BackboneTokens[]
}

/** A head that is in the same file as a backbone. */
export interface OwnHead {
  readonly kind: 'own'
  /** Makes a head file of it; whoever calls closes it. */
  open(): Promise<ByteSource>
}

/** Weights with an architecture: what {@link OutputRequest}s are made into graphs from. */
export interface Backbone {
  readonly card: ModelCard
  /** Digest of the weights, hexadecimal: equal for equal tensors, whatever file they came from. */
  readonly digest: string
  /** The digests of the same weights rounded to 16 bits, where they are known. */
  readonly rounded?: RoundedDigests
  /** Number format of the network's computation, such as `float32`. */
  readonly precision: string
  /** Why that is not the number format that was asked for; a sentence. */
  readonly fallback?: string
  /** Heads that come with these weights, by `task/name`, such as `depth/nyu-linear`. */
  readonly heads?: Readonly<Record<string, AssetReference | OwnHead>>
  /**
   * Makes the graph that gives these outputs.
   *
   * @throws DinokitError `output-unavailable` where this backbone can't give them
   */
  graph(outputs: OutputRequest): BackboneGraph
  /** Closes the files behind it. Closing twice is safe. */
  close(): Promise<void>
}
