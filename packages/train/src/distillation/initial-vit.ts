import { tensor, type Architecture, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { listParameters } from '@dinokit/vit'
import { normal } from '../step/normal.ts'

/** Options of {@link initialVit}. */
export interface InitialVitOptions {
  /** First value of LayerScale. Default 1e-5, the paper's; a small network that is trained briefly needs more. */
  readonly layerScale?: number
}

/** Defaults of {@link InitialVitOptions}. */
export const INITIAL_VIT_DEFAULTS = Object.freeze({ layerScale: 1e-5 }) satisfies InitialVitOptions

/**
 * The parameters that a network starts from, untrained (facebookresearch/dinov2, vision_transformer.py, init_weights):
 * positions and linear layers normal of deviation .02, CLS and registers normal of deviation 1e-6, the patch
 * projection uniform as PyTorch starts a convolution, biases and the mask token 0, LayerNorm 1; where positions are rotary,
 * there are none to start.
 *
 * @param architecture - of the network
 * @param seed - the same numbers for the same seed, everywhere
 * @param options - LayerScale
 * @returns by Meta's names and in Meta's shapes
 */
export function initialVit(architecture: Architecture, seed: number, options: InitialVitOptions = {}): Record<string, Tensor> {
  const { layerScale } = { ...INITIAL_VIT_DEFAULTS, ...options }
  const random = createRandom(seed)
  const bound = 1 / Math.sqrt(3 * architecture.patch ** 2)
  const valueOf = (name: string, shape: readonly number[]): (() => number) => {
    if (name === 'cls_token' || name === 'register_tokens') return () => 1e-6 * normal(random)
    if (name === 'pos_embed') return architecture.positionGrid[0] === 0 ? () => 0 : () => 0.02 * normal(random)
    if (name.startsWith('patch_embed.')) return () => random.uniform(-bound, bound)
    if (name.endsWith('.gamma')) return () => layerScale
    if (/norm\d?\.weight$/.test(name)) return () => 1
    return name.endsWith('.weight') && shape.length === 2 ? () => 0.02 * normal(random) : () => 0
  }
  return Object.fromEntries(
    listParameters(architecture).map(({ name, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1)
      return [name, tensor('float32', Float32Array.from({ length }, valueOf(name, shape)), shape)]
    }),
  )
}
