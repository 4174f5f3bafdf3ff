import type { Fingerprint, InputSize } from '@dinokit/core'
import type { TrainedRows } from './trained-rows.ts'

/** Answer of a head: which package loads it. */
export type HeadTask = 'classification' | 'segmentation' | 'depth'

/** A class that a head knows. */
export interface ClassInfo {
  readonly name: string
  /** Its id in a list that others know, such as a WordNet id. */
  readonly id?: string
  /** 0-255, to draw it with. */
  readonly color?: readonly [red: number, green: number, blue: number]
}

/**
 * One step of a head's network. `linear`: weight [out][in], bias [out]. `convolution`: weight [out][in][k][k], k odd, zero
 * padding, stride 1. `batchnorm` in evaluation mode: weight, bias, running_mean, running_var [channels]. `layernorm`, of
 * classification alone: weight, bias [channels].
 */
export type HeadStep =
  | { readonly kind: 'linear' | 'convolution' | 'relu' | 'gelu' }
  | {
      readonly kind: 'batchnorm' | 'layernorm'
      /** Added to the variance. Default 1e-5. */
      readonly eps?: number
    }

/** Meaning of the network's last channels. */
export type HeadOutput =
  | {
      readonly kind: 'classes'
      /** The label that means "not known", in labels that were trained on. Default 255. */
      readonly ignore?: number
    }
  | {
      /** `bins`: expectation over bins from min to max meters. `log`: exp of one channel, clipped. */
      readonly kind: 'bins' | 'log'
      /** Meters. */
      readonly min: number
      /** Meters. */
      readonly max: number
    }

/** An attention head: its layer and its place in it, both counted from 1. */
export type AttentionHead = readonly [layer: number, head: number]

/** Tokens that a head reads. */
export interface HeadInput {
  /** Counted from 1, in the order in which they are concatenated. */
  readonly layers: readonly number[]
  /** After the final LayerNorm, or raw. */
  readonly norm: boolean
  /**
   * `cls`: each layer's class token; `mean`: the mean of the last listed layer's patches, at the end or alone; `patches`: each
   * layer's patches, with `cls` each followed by its layer's class token; `attention`, instead of tokens: what each layer's
   * class token attends to among the patches, head by head (the core’s `classAttention`).
   */
  readonly tokens: readonly ('cls' | 'mean' | 'patches' | 'attention')[]
  /** Attention heads that are read, where not all of each layer are: layer by layer, in the order of `layers`. */
  readonly heads?: readonly AttentionHead[]
  /** The input that it was trained for. */
  readonly size?: InputSize
}

/** Everything about a head but its tensors: what a head file carries as JSON. See docs/file-formats.md. */
export interface HeadDescription {
  readonly format: typeof HEAD_FORMAT
  readonly task: HeadTask
  /** Name of the head. */
  readonly name: string
  /**
   * The backbone that it was made for: whose fingerprint, as far as it is known, the width of its tokens, and, for what
   * reads attention, the heads of a layer.
   */
  readonly backbone: Partial<Fingerprint> & { readonly dim: number; readonly heads?: number }
  readonly input: HeadInput
  readonly network: readonly HeadStep[]
  /** Bilinear, after the network, by a whole factor. Default 1. */
  readonly upsample?: number
  readonly output: HeadOutput
  /** In the order of the logits. */
  readonly classes?: readonly ClassInfo[]
  /** The images that trained it, where they are known. */
  readonly trainedOn?: TrainedRows
  /** Data, splits, metrics, seed, command: shown as it is. */
  readonly card?: Readonly<Record<string, unknown>>
}

/** Version of the format of head files. Format 1 wrote `colour` and `licence` for `color` and `license`. */
export const HEAD_FORMAT = 2

/** The metadata key under which a safetensors file carries its {@link HeadDescription}. */
export const HEAD_FILE_KEY = 'dinokit.head'

/** A description with its tensors, named `network.N.PARAMETER`. */
export interface HeadFile {
  readonly description: HeadDescription
  /** float32, by name. */
  readonly tensors: ReadonlyMap<string, HeadTensor>
}

/** A float32 tensor of a head. */
export interface HeadTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}
