import { DinokitError, type ModelCard } from '@dinokit/core'
import { HEAD_FORMAT, type HeadFile, type HeadInput, type HeadTensor } from '@dinokit/head-kit'

/** Inputs of a linear head, by the number of token widths in its rows: Meta's heads (facebookresearch/dinov2, hub/classifiers.py). */
const INPUTS: Readonly<Record<number, { readonly layers: number; readonly tokens: HeadInput['tokens'] }>> = {
  1: { layers: 1, tokens: ['cls'] },
  2: { layers: 1, tokens: ['cls', 'mean'] },
  4: { layers: 4, tokens: ['cls'] },
  5: { layers: 4, tokens: ['cls', 'mean'] },
}

/**
 * A file of one matrix, and a bias where there is one, as a linear head for a model.
 *
 * @throws DinokitError `tensor-invalid` where its width fits no choice of the model's tokens
 */
export function recognizeLinear(card: ModelCard, name: string, tensors: ReadonlyMap<string, HeadTensor>): HeadFile | undefined {
  const weights = [...tensors].filter(([, { shape }]) => shape.length === 2)
  const biases = [...tensors].filter(([, { shape }]) => shape.length === 1)
  if (weights.length !== 1 || biases.length > 1 || tensors.size !== weights.length + biases.length) return undefined
  const [[path, weight]] = weights as [[string, HeadTensor]]
  const [out, width] = weight.shape as [number, number]
  const { dim, depth } = card.architecture
  const input = INPUTS[width / dim]
  if (!input || input.layers > depth) {
    throw new DinokitError(
      'tensor-invalid',
      `${name} is for features of width ${width}, which ${card.id} with tokens of width ${dim} does not have.`,
      {
        given: `${path} [${weight.shape.join(', ')}]`,
        expected: `${dim} (class token), ${2 * dim} (and the mean of the patches), ${4 * dim} or ${5 * dim} (the last four layers)`,
        hint: 'The head may be for another size of backbone.',
      },
    )
  }
  const found = new Map([['network.0.weight', weight]])
  if (biases[0]) found.set('network.0.bias', biases[0][1])
  return {
    description: {
      format: HEAD_FORMAT,
      task: 'classification',
      name,
      backbone: { dim },
      input: { layers: Array.from({ length: input.layers }, (_, i) => depth - input.layers + 1 + i), norm: true, tokens: input.tokens },
      network: [{ kind: 'linear' }],
      output: { kind: 'classes' },
      classes: Array.from({ length: out }, (_, index) => ({ name: `class ${index}` })),
    },
    tensors: found,
  }
}
