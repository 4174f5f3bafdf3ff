import type { Tokens } from '@dinokit/core'

/** Describes tokens by their shapes and their time. */
export function describeTokens(tokens: Tokens): string {
  const shape = (lengths: readonly number[]): string => `[${lengths.join('][')}]`
  const { decode, preprocess, run } = tokens.timing
  const layers = Object.keys(tokens.layers)
  return [
    `cls ${shape(tokens.cls.shape)}`,
    ...(tokens.embedding === tokens.cls ? [] : [`embedding ${shape(tokens.embedding.shape)}`]),
    `registers ${shape(tokens.registers.shape)}`,
    `patches ${shape(tokens.patches.shape)}`,
    ...(layers.length > 0 ? [`layers ${layers.join(',')}`] : []),
    ...Object.entries(tokens.attention).map(([layer, map]) => `attention${layer} ${shape(map.shape)}`),
    `${Math.round(decode + preprocess + run)} ms`,
  ].join('  ')
}

/** Result of an image's tokens as JSON: the vectors of the whole image, and the shape of the patches. */
export function tokensResult({ cls, embedding, registers, patches, placement, fingerprint }: Tokens): Record<string, unknown> {
  const [count, dim] = registers.shape as [number, number]
  return {
    cls: Array.from(cls.data),
    ...(embedding !== cls && { embedding: Array.from(embedding.data) }),
    registers: Array.from({ length: count }, (_, index) => Array.from(registers.data.subarray(index * dim, (index + 1) * dim))),
    patches: patches.shape,
    placement,
    fingerprint,
  }
}
