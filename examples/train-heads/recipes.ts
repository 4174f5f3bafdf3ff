import type { DenseTrainingOptions } from '@dinokit/train'

/** How a head of the embedded model is trained. */
export interface Recipe {
  readonly task: 'segmentation' | 'depth'
  readonly options: DenseTrainingOptions
}

const DEPTH = { kind: 'log', min: 0.5, max: 10 } as const

/** By the names that the command line takes. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  'depth-convolution': {
    task: 'depth',
    options: { output: DEPTH, network: 'convolution', epochs: 12, learningRate: 2e-3 },
  },
  'depth-linear': { task: 'depth', options: { output: DEPTH, network: 'linear', epochs: 15, learningRate: 5e-3 } },
  'segmentation-convolution': {
    task: 'segmentation',
    options: { output: { kind: 'classes', ignore: 255 }, network: 'convolution', epochs: 12, learningRate: 2e-3 },
  },
  'segmentation-linear': {
    task: 'segmentation',
    options: { output: { kind: 'classes', ignore: 255 }, network: 'linear', epochs: 15, learningRate: 2e-3 },
  },
}
