import { DinokitError, type AnyTensor } from '@dinokit/core'

/**
 * Refuses what is no map of two dimensions.
 *
 * @throws DinokitError `tensor-invalid`
 */
export function assertMap({ shape }: Pick<AnyTensor, 'shape'>): void {
  if (shape.length === 2 && shape.every((side) => side > 0)) return
  throw new DinokitError('tensor-invalid', 'This is no map.', {
    given: `[${shape.join('][')}]`,
    expected: '[rows][columns], each at least 1',
  })
}
