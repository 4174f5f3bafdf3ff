import {
  fingerprintOf,
  tensor,
  type Facets,
  type Fingerprint,
  type HeadNeeds,
  type LayerTokens,
  type ModelCard,
  type Placement,
  type Tensor,
  type Tokens,
} from '@dinokit/core'

/**
 * Tokens as a model would give them, of random numbers that a seed decides: for heads that are tested without a backbone.
 *
 * @param card - of the model
 * @param placement - of the image; its input's sides are multiples of the patch
 * @param needs - outputs beside the final tokens
 * @param seed - equal seeds give equal numbers
 */
export function sampleTokens(card: ModelCard, placement: Placement, needs: HeadNeeds = {}, seed = 1): Tokens {
  const { dim, heads, registers, patch } = card.architecture
  const grid = [placement.input.height / patch, placement.input.width / patch] as const
  const count = 1 + registers + grid[0] * grid[1]
  let state = seed * 2_654_435_761
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state / 2 ** 31
  }
  const values = (...shape: number[]): Tensor =>
    tensor('float32', Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random), shape)
  const layer = (): LayerTokens => ({ cls: values(dim), registers: values(registers, dim), patches: values(...grid, dim) })
  const each = <T>(layers: readonly number[] | undefined, make: () => T): Record<number, T> =>
    Object.fromEntries((layers ?? []).map((number) => [number, make()]))
  const facets = (): Facets => ({ query: values(count, dim), key: values(count, dim), value: values(count, dim) })
  const final = layer()
  return {
    ...final,
    embedding: final.cls,
    layers: each(needs.layers, layer),
    rawLayers: each(needs.rawLayers, layer),
    attention: each(needs.attention, () => uniformRows(heads, count)),
    facets: each(needs.facets, facets),
    placement,
    fingerprint: sampleFingerprint(card),
    timing: { decode: 0, preprocess: 0, run: 0 },
  }
}

/**
 * The fingerprint of {@link sampleTokens}.
 *
 * @param card - of the model
 */
export function sampleFingerprint(card: ModelCard): Fingerprint {
  return fingerprintOf({ card, digest: 'sample', precision: 'float32' })
}

function uniformRows(heads: number, count: number): Tensor {
  return tensor('float32', new Float32Array(heads * count * count).fill(1 / count), [heads, count, count])
}
