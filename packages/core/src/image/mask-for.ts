import { DinokitError } from '../contract/dinokit-error.ts'
import { tensor, type Tensor } from '../contract/tensor.ts'

/** The mask that a session is fed: none, the caller's, or one that masks nothing. */
export function maskFor(
  accepted: boolean,
  mask: Tensor<'bool'> | undefined,
  batch: number,
  grid: readonly [number, number],
): Tensor<'bool'> | undefined {
  const patches = grid[0] * grid[1]
  if (!accepted) {
    if (!mask) return undefined
    throw new DinokitError('invalid-option', 'A mask was given to a model that was opened without masks.', {
      hint: 'Open it with { masks: true }.',
    })
  }
  if (mask && (mask.shape.length !== 2 || mask.shape[0] !== grid[0] || mask.shape[1] !== grid[1])) {
    throw new DinokitError('tensor-invalid', 'The mask does not fit the image’s patches.', {
      given: `[${mask.shape.join('][')}]`,
      expected: `[${grid.join('][')}]`,
    })
  }
  return tensor('bool', mask?.data ?? new Uint8Array(batch * patches), [batch, patches])
}
