import type { Tensor } from '@dinokit/core'

/** Where each vector of a tensor [...][dim] lies along a component. */
export function project({ data }: Tensor, mean: Float64Array, component: Float64Array): Float64Array {
  const dim = mean.length
  return Float64Array.from({ length: data.length / dim }, (_, vector) => {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += (data[vector * dim + i]! - mean[i]!) * component[i]!
    return sum
  })
}
