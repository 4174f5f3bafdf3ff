import type { Tensor } from '@dinokit/core'

/** Where each vector of a tensor [...][dim] lies along a component. */
export function project({ data }: Tensor, mean: Float64Array, component: Float64Array): Float64Array {
  const dim = mean.length
  const places = new Float64Array(data.length / dim)
  for (let vector = 0, at = 0; vector < places.length; vector++) {
    let sum = 0
    for (let i = 0; i < dim; i++, at++) sum += (data[at]! - mean[i]!) * component[i]!
    places[vector] = sum
  }
  return places
}
