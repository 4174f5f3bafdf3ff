// Heads that nobody trained, but that depend on what is seen: their answers are compared, not judged.
import { writeHeadFile, type HeadTensor } from '@dinokit/head-kit'

function waves(...shape: number[]): HeadTensor {
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i) / 20) }
}

/**
 * Three classes, by two layers of which the page asks nothing else.
 *
 * @param dim - width of the tokens
 */
export function partsHead(dim: number): Uint8Array {
  return writeHeadFile({
    description: {
      format: 2,
      name: 'parts',
      task: 'segmentation',
      backbone: { dim },
      input: { layers: [6, 12], norm: true, tokens: ['patches'] },
      network: [{ kind: 'convolution' }],
      output: { kind: 'classes' },
      classes: [{ name: 'this' }, { name: 'that' }, { name: 'rest' }],
    },
    tensors: new Map([['network.0.weight', waves(3, 2 * dim, 1, 1)]]),
  })
}

/**
 * Meters from half a meter to nine, by the twelfth layer, raw.
 *
 * @param dim - width of the tokens
 */
export function metersHead(dim: number): Uint8Array {
  return writeHeadFile({
    description: {
      format: 2,
      name: 'meters',
      task: 'depth',
      backbone: { dim },
      input: { layers: [12], norm: false, tokens: ['patches'] },
      network: [{ kind: 'convolution' }],
      output: { kind: 'log', min: 0.5, max: 9 },
    },
    tensors: new Map([['network.0.weight', waves(1, dim, 1, 1)]]),
  })
}
