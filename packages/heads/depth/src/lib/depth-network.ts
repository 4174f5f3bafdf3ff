import type { AttachedHead, HeadNeeds, Placement, Tensor, Tokens } from '@dinokit/core'
import type { Depth } from '../depth-answer.ts'

/** A depth head's network, and what its numbers mean. */
export interface DepthNetwork {
  readonly needs: HeadNeeds
  readonly size?: NonNullable<AttachedHead['size']>
  /**
   * Runs it once.
   *
   * @returns [rows][columns] over the input
   */
  run(tokens: Tokens, signal?: AbortSignal): Promise<Tensor>
  /**
   * Makes the answer of what {@link DepthNetwork.run} gave.
   *
   * @throws DinokitError `invalid-option`
   */
  answer(grid: Tensor, placement: Placement, options: { readonly focalLength: number | undefined }): Depth
  dispose(): Promise<void>
}
