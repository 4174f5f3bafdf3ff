import { DinokitError, type Tensor } from '@dinokit/core'
import { firstBeyond } from '../contract/assert-storable.ts'

/**
 * Refuses a query of another shape, or that has no direction.
 *
 * @throws DinokitError `tensor-invalid`
 */
export function assertQuery(store: string, query: Tensor, shape: readonly number[]): void {
  if (query.data.length !== shape[0] || query.shape.join() !== shape.join())
    throw new DinokitError('tensor-invalid', `The query for ${store} has shape [${query.shape.join('][')}].`, {
      given: `[${query.shape.join('][')}]`,
      expected: `[${shape.join('][')}]`,
    })
  if (firstBeyond(query.data) >= 0 || query.data.every((value) => value === 0))
    throw new DinokitError('tensor-invalid', `The query for ${store} has no direction.`, {
      given: 'all zeros, or NaN or infinity',
      expected: 'finite numbers, not all zero',
    })
}
