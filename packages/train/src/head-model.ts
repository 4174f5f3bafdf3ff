import { toFloat16, writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type AnyTensor, type Tensor } from '@dinokit/core'
import type { NetworkStep } from './network.ts'

/** What the network’s last channels mean, as head files say it. */
export type HeadModelOutput =
  | { readonly kind: 'classes'; readonly ignore?: number }
  | {
      /** `bins`: expectation over bins from min to max metres. `log`: exp of one channel, clipped. */
      readonly kind: 'bins' | 'log'
      readonly min: number
      readonly max: number
    }

/** A trained head before it is a file. */
export interface HeadModel {
  readonly steps: readonly NetworkStep[]
  readonly output: HeadModelOutput
  /** `network.N.PARAMETER`, running statistics among them. */
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** What a head file says beside its network: decisions/0020-head-files.md has every key. */
export interface HeadFileDescription {
  readonly task: 'classification' | 'segmentation' | 'depth'
  readonly name: string
  /** Fingerprint of the backbone, and the width of its tokens. */
  readonly backbone: { readonly dim: number } & Readonly<Record<string, unknown>>
  readonly input: {
    /** Counted from 1. */
    readonly layers: readonly number[]
    /** After the final LayerNorm. */
    readonly norm: boolean
    readonly tokens: readonly ('cls' | 'mean' | 'patches')[]
    readonly size?: unknown
  }
  readonly classes?: readonly { readonly name: string; readonly id?: string; readonly colour?: readonly [number, number, number] }[]
  /** Data, splits, metrics, seed, command, licence. */
  readonly card: Readonly<Record<string, unknown>>
}

/**
 * Writes a trained head as a head file (decisions/0020-head-files.md), which the head packages load.
 *
 * @param model - network and tensors
 * @param description - what else the file says
 * @param precision - of its tensors; running statistics stay float32
 * @returns the file’s bytes
 */
export function writeHeadModel(
  model: HeadModel,
  description: HeadFileDescription,
  precision: 'float32' | 'float16' = 'float32',
): Uint8Array {
  const network = model.steps.map((step) => (step.kind === 'batchnorm' ? { kind: step.kind, eps: 1e-5 } : { kind: step.kind }))
  const json = JSON.stringify({ format: 1, ...description, network, output: model.output })
  const tensors: Record<string, AnyTensor> = {}
  for (const [name, value] of Object.entries(model.tensors)) {
    const exact = precision === 'float32' || /running_(?:mean|var)$/.test(name)
    tensors[name] = exact ? value : tensor('float16', toFloat16(value.data), value.shape)
  }
  return writeSafetensors(tensors, { 'dinokit.head': json })
}
