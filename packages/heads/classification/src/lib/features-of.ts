import { patchMean, type Tokens } from '@dinokit/core'
import { readLayer, type HeadInput } from '@dinokit/head-kit'

/** Joins the vectors that a classification head reads: each layer's class token, then the mean of the last layer's patches or that alone. */
export function featuresOf({ layers, norm, tokens: kinds }: HeadInput, tokens: Tokens): Float32Array {
  const parts = kinds.includes('cls') ? layers.map((layer) => readLayer(tokens, layer, norm).cls.data) : []
  if (kinds.includes('mean')) parts.push(patchMean(readLayer(tokens, layers.at(-1)!, norm).patches).data)
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
