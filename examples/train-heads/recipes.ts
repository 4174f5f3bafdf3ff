import type { DenseTrainingOptions } from '@dinokit/train'
import type { INPUTS } from './inputs.ts'

/** Recipe for training a head on the embedded model. */
export interface Recipe {
  readonly task: 'segmentation' | 'depth'
  readonly input: keyof typeof INPUTS
  readonly options: DenseTrainingOptions
}

const DEPTH = { output: { kind: 'log', min: 0.5, max: 10 } } as const
const SEGMENTATION = { output: { kind: 'classes', ignore: 255 } } as const
const CONVOLUTION = { network: 'convolution', batch: 16, epochs: 24, learningRate: 3e-3 } as const
const LINEAR = { network: 'linear', epochs: 15 } as const

/** Recipes by the names that the command line takes. Attention and pixels are there to compare with. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  'depth-convolution': { task: 'depth', input: 'tokens', options: { ...DEPTH, ...CONVOLUTION } },
  'depth-linear': { task: 'depth', input: 'tokens', options: { ...DEPTH, ...LINEAR, learningRate: 5e-3 } },
  'depth-attention': { task: 'depth', input: 'attention', options: { ...DEPTH, ...CONVOLUTION } },
  'depth-pixels': { task: 'depth', input: 'pixels', options: { ...DEPTH, ...CONVOLUTION } },
  'segmentation-convolution': { task: 'segmentation', input: 'tokens', options: { ...SEGMENTATION, ...CONVOLUTION } },
  'segmentation-linear': {
    task: 'segmentation',
    input: 'tokens',
    options: { ...SEGMENTATION, ...LINEAR, learningRate: 2e-3 },
  },
  'segmentation-attention': { task: 'segmentation', input: 'attention', options: { ...SEGMENTATION, ...CONVOLUTION } },
  'segmentation-pixels': { task: 'segmentation', input: 'pixels', options: { ...SEGMENTATION, ...CONVOLUTION } },
}
