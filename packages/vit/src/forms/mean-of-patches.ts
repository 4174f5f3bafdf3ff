import { DinokitError, tensor, type ModelCard, type OutputRequest } from '@dinokit/core'
import type { ParameterReader } from '../parameters.ts'
import type { TokenSplit } from '../token-split.ts'

/**
 * Makes what splits the tokens of a network without a class token: in its place stands the mean of the patches, normed after it
 * where no LayerNorm follows the last block (timm's `fc_norm`). Of layers before their LayerNorm it is the mean as it is.
 *
 * @param card - of the network
 * @param parameters - of the network
 * @returns for one choice of outputs: throws `output-unavailable` where their tokens would be counted from a class token
 */
export async function meanOfPatches(
  { id, architecture: { finalNorm = true, layerNormEps, finalNormEps = layerNormEps } }: ModelCard,
  parameters: ParameterReader,
): Promise<(request: OutputRequest) => TokenSplit> {
  const norm = finalNorm ? undefined : await Promise.all([parameters.read('fc_norm.weight'), parameters.read('fc_norm.bias')])
  return ({ attention = [], facets = [] }) => {
    if (attention.length + facets.length > 0) throw noClassToken(id)
    return (data, { registers, dim }, grid, output) => {
      const patches = data.subarray(registers * dim)
      const mean = meanRow(patches, dim)
      if (norm && !output.startsWith('raw')) normalize(mean, finalNormEps, ...norm)
      return {
        cls: tensor('float32', Float32Array.from(mean), [dim]),
        registers: tensor('float32', data.subarray(0, registers * dim), [registers, dim]),
        patches: tensor('float32', patches, [grid[0], grid[1], dim]),
      }
    }
  }
}

function noClassToken(id: string): DinokitError {
  return new DinokitError('output-unavailable', `${id} has no class token, so its attention, queries, keys and values are not given.`, {
    given: 'pooling mean',
    expected: 'tokens and layers, or a model with a class token',
  })
}

function meanRow(rows: Float32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim)
  for (let start = 0; start < rows.length; start += dim) for (let i = 0; i < dim; i++) mean[i]! += rows[start + i]!
  return mean.map((sum) => (sum * dim) / rows.length)
}

/** LayerNorm, in place. */
function normalize(row: Float64Array, eps: number, weight: Float32Array, bias: Float32Array): void {
  const center = row.reduce((sum, value) => sum + value, 0) / row.length
  const deviation = Math.sqrt(row.reduce((sum, value) => sum + (value - center) ** 2, 0) / row.length + eps)
  row.forEach((value, i) => (row[i] = ((value - center) / deviation) * weight[i]! + bias[i]!))
}
