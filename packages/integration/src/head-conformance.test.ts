import { headRules, testRules } from '@dinokit/conformance'
import { onnxHead, writeHeadFile, type HeadDescription, type HeadTensor } from '@dinokit/head-kit'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { createGraphBuilder, encodeSelfContained } from '@dinokit/onnx'
import { classification, createRuntime, findModelCard, knn, tensor, type Head } from 'dinokit'
import { describe, test } from 'vitest'

// Every head of ours keeps the rules that third parties' heads are asked to keep.
const runtime = createRuntime()
const card = findModelCard('tiny')
const DIM = 192

/** A tensor of numbers that differ, small enough for sums to stay finite. */
function weight(...shape: number[]): HeadTensor {
  const length = shape.reduce((a, b) => a * b, 1)
  return { shape, data: Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + length) / 8) }
}

function file(description: Omit<HeadDescription, 'format' | 'name' | 'backbone'>, tensors: Record<string, HeadTensor>): Uint8Array {
  return writeHeadFile({
    description: { format: 2, name: 'test', backbone: { dim: DIM, heads: 3 }, ...description },
    tensors: new Map(Object.entries(tensors)),
  })
}

const classes = Array.from({ length: 5 }, (_, i) => ({ name: `class ${i + 1}` }))
const batchNorm = (index: number, channels: number): Record<string, HeadTensor> => ({
  [`network.${index}.weight`]: weight(channels),
  [`network.${index}.bias`]: weight(channels),
  [`network.${index}.running_mean`]: weight(channels),
  [`network.${index}.running_var`]: { shape: [channels], data: new Float32Array(channels).fill(0.5) },
})

const HEADS: Readonly<Record<string, () => Head>> = {
  'classification, a small network': () =>
    classification({
      weights: file(
        {
          task: 'classification',
          input: { layers: [11, 12], norm: true, tokens: ['cls', 'mean'] },
          network: [{ kind: 'linear' }, { kind: 'batchnorm' }, { kind: 'gelu' }, { kind: 'linear' }],
          output: { kind: 'classes' },
          classes,
        },
        { 'network.0.weight': weight(8, 3 * DIM), 'network.0.bias': weight(8), ...batchNorm(1, 8), 'network.3.weight': weight(5, 8) },
      ),
    }),
  'segmentation, attention': () =>
    segmentation({
      weights: file(
        {
          task: 'segmentation',
          input: { layers: [10, 12], norm: true, tokens: ['attention'] },
          network: [{ kind: 'convolution' }],
          output: { kind: 'classes' },
          classes,
        },
        { 'network.0.weight': weight(5, 2 * 3, 3, 3) },
      ),
    }),
  'segmentation, convolutions': () =>
    segmentation({
      weights: file(
        {
          task: 'segmentation',
          input: { layers: [6, 12], norm: true, tokens: ['patches', 'cls'] },
          network: [
            { kind: 'convolution' },
            { kind: 'batchnorm' },
            { kind: 'relu' },
            { kind: 'convolution' },
            { kind: 'batchnorm' },
            { kind: 'relu' },
            { kind: 'convolution' },
          ],
          output: { kind: 'classes', ignore: 255 },
          classes,
        },
        {
          'network.0.weight': weight(8, 4 * DIM, 1, 1),
          ...batchNorm(1, 8),
          'network.3.weight': weight(8, 8, 3, 3),
          ...batchNorm(4, 8),
          'network.6.weight': weight(5, 8, 1, 1),
          'network.6.bias': weight(5),
        },
      ),
    }),
  'depth by bins': () =>
    depth({
      weights: file(
        {
          task: 'depth',
          input: { layers: [12], norm: false, tokens: ['patches', 'cls'] },
          network: [{ kind: 'batchnorm' }, { kind: 'convolution' }],
          upsample: 4,
          output: { kind: 'bins', min: 0.1, max: 10 },
        },
        { ...batchNorm(0, 2 * DIM), 'network.1.weight': weight(16, 2 * DIM, 1, 1), 'network.1.bias': weight(16) },
      ),
    }),
  'depth by its logarithm': () =>
    depth({
      weights: file(
        {
          task: 'depth',
          input: { layers: [3, 12], norm: false, tokens: ['patches'] },
          network: [{ kind: 'convolution' }],
          output: { kind: 'log', min: 0.1, max: 10 },
        },
        { 'network.0.weight': weight(1, 2 * DIM, 1, 1), 'network.0.bias': weight(1) },
      ),
    }),
  knn: () =>
    knn({
      embeddings: tensor('float32', weight(6, DIM).data, [6, DIM]),
      labels: [0, 1, 2, 0, 1, 2],
      classes: classes.slice(0, 3),
      k: 3,
    }),
}

describe.each(Object.entries(HEADS))('the head %s', (_, head) => testRules(test, headRules({ head, runtime, card })))

describe('the head of an ONNX file', async () => {
  const g = createGraphBuilder('norms')
  const patches = g.input('patches', 'float32', ['rows', 'columns', DIM])
  g.output('squares', g.apply('Mul', [patches, patches]), 'float32', ['rows', 'columns', DIM])
  const model = encodeSelfContained(g.build())
  const parts: Uint8Array[] = []
  for await (const chunk of model.chunks()) parts.push(chunk)
  const bytes = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  testRules(
    test,
    headRules({
      runtime,
      card,
      head: () =>
        onnxHead({
          name: 'squares',
          model: bytes,
          incompatibility: ({ architecture }) => (architecture.dim === DIM ? undefined : `its tokens are not ${DIM} wide.`),
          inputs: (tokens) => ({ patches: tokens.patches }),
          decode: ({ squares }) => ({ squares: squares! }),
        }) as Head,
    }),
  )
})
