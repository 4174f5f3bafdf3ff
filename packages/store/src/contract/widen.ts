import { fromFloat16 } from '@dinokit/checkpoint'

/** Gives a tensor's numbers in 32 bits, from the element type of a store; those of 32 bits as they are. */
export function widen(data: Float32Array | Uint16Array): Float32Array {
  return data instanceof Float32Array ? data : fromFloat16(data)
}
