import type { ModelCard } from './model-card.ts'

/**
 * Names a network for its fingerprint, beside its weights: heads, epsilon, activation and the grid of positions, which leave no
 * trace in the tensors' names and shapes, such as `heads6-eps1e-6-gelu-grid37x37`; and channels, where they are not three.
 *
 * @param card - of the model
 */
export function networkId({ architecture }: Pick<ModelCard, 'architecture'>): string {
  const {
    heads,
    layerNormEps,
    finalNormEps = layerNormEps,
    ffn,
    activation = 'gelu',
    positionGrid,
    finalNorm = true,
    channels = 3,
  } = architecture
  const eps = [...new Set([layerNormEps, finalNormEps])].map((value) => value.toExponential()).join(',')
  return `heads${heads}-eps${eps}-${ffn === 'mlp' ? activation : ffn}-grid${positionGrid.join('x')}${finalNorm ? '' : '-unnormed'}${channels === 3 ? '' : `-channels${channels}`}`
}
