import type { Tensor } from '@dinokit/core'
import { HEAD_FORMAT, writeHeadFile, type HeadDescription, type HeadOutput } from '@dinokit/head-kit'
import { BATCH_NORM_EPSILON, type NetworkStep } from '../step/network.ts'

/** A trained head before it is a file. */
export interface HeadModel {
  readonly steps: readonly NetworkStep[]
  readonly output: HeadOutput
  /** `network.N.PARAMETER`, running statistics among them. */
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** Description in a head file beside its network: decisions/0020-head-files.md has every key. */
export type HeadFileDescription = Omit<HeadDescription, 'format' | 'network' | 'output'>

/**
 * Writes a trained head as a head file (decisions/0020-head-files.md), which the head packages load.
 *
 * @param model - network and tensors
 * @param description - what else the file says
 * @param precision - of its tensors; running statistics stay float32
 * @returns the file’s bytes
 * @throws DinokitError those of {@link writeHeadFile}: it could not be read again
 */
export function writeHeadModel(
  { steps, output, tensors }: HeadModel,
  description: HeadFileDescription,
  precision: 'float32' | 'float16' = 'float32',
): Uint8Array {
  const network = steps.map(({ kind }) => (kind === 'batchnorm' ? { kind, eps: BATCH_NORM_EPSILON } : { kind }))
  return writeHeadFile(
    { description: { format: HEAD_FORMAT, ...description, network, output }, tensors: new Map(Object.entries(tensors)) },
    { precision },
  )
}
