import type { Architecture, LayerTokens } from '@dinokit/core'

/** Splits what a graph gives by kind of token; `output` is its name in the graph. */
export type TokenSplit = (
  data: Float32Array,
  sizes: Pick<Architecture, 'registers' | 'dim'>,
  grid: readonly [number, number],
  output: string,
) => LayerTokens
