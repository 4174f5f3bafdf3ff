import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { normal } from '../step/normal.ts'

/** Options of {@link initialDinoHead}. */
export interface DinoHeadOptions {
  /** Prototypes that rows are compared with. Default 65536. */
  readonly prototypes?: number
  /** Width inside the MLP. Default 2048. */
  readonly hidden?: number
  /** Width before the prototypes. Default 256. */
  readonly bottleneck?: number
  /** Linear layers of the MLP. Default 3. */
  readonly layers?: number
}

/** Defaults of {@link DinoHeadOptions}: the paper's. */
export const DINO_HEAD_DEFAULTS: Required<DinoHeadOptions> = Object.freeze({ prototypes: 65536, hidden: 2048, bottleneck: 256, layers: 3 })

/**
 * The parameters that a DINO head starts from (facebookresearch/dinov2, dinov2/layers/dino_head.py): the MLP normal of
 * deviation .02, directions uniform as PyTorch starts a linear layer, lengths 1.
 *
 * @param dim - width of a token
 * @param seed - the same numbers for the same seed, everywhere
 * @param options - widths
 * @returns by the names that `dinoHead` takes
 */
export function initialDinoHead(dim: number, seed: number, options: DinoHeadOptions = {}): Record<string, Tensor> {
  const { prototypes, hidden, bottleneck, layers } = { ...DINO_HEAD_DEFAULTS, ...options }
  const random = createRandom(seed)
  const fill = (shape: readonly number[], value: () => number): Tensor =>
    tensor('float32', Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, value), shape)
  const widths = [dim, ...Array<number>(layers - 1).fill(hidden), bottleneck]
  const head: Record<string, Tensor> = {}
  for (let layer = 0; layer < layers; layer++) {
    head[`mlp.${2 * layer}.weight`] = fill([widths[layer + 1]!, widths[layer]!], () => 0.02 * normal(random))
    head[`mlp.${2 * layer}.bias`] = fill([widths[layer + 1]!], () => 0)
  }
  const bound = 1 / Math.sqrt(bottleneck)
  head['last_layer.weight_g'] = fill([prototypes, 1], () => 1)
  head['last_layer.weight_v'] = fill([prototypes, bottleneck], () => random.uniform(-bound, bound))
  return head
}
