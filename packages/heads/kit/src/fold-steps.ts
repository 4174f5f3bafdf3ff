import type { HeadFile, HeadTensor } from './head-file.ts'

/** A step that is ready to be computed: BatchNorm is gone. */
export type FoldedStep =
  | {
      /** y = W x + b, over a neighborhood of `kernel` x `kernel`. */
      readonly kind: 'affine'
      /** [out][in][kernel][kernel] */
      readonly weight: Float32Array
      /** [out] */
      readonly bias: Float32Array
      readonly out: number
      readonly input: number
      readonly kernel: number
    }
  | {
      /** y = scale x + shift, each channel by itself: a BatchNorm that could not be folded. */
      readonly kind: 'scale'
      readonly scale: Float32Array
      readonly shift: Float32Array
    }
  | {
      /** Mean 0 and deviation 1 over the channels, in classification alone. */
      readonly kind: 'normalize'
      readonly eps: number
    }
  | { readonly kind: 'relu' }
  | { readonly kind: 'gelu' }

/**
 * A head's steps with BatchNorm folded into the layer before it, or, where there is none, into a 1x1 layer after it: zero
 * padding makes that wrong for larger kernels.
 *
 * @param head - description and tensors, checked
 */
export function foldSteps({ description: { network }, tensors }: HeadFile): FoldedStep[] {
  const folded: FoldedStep[] = []
  network.forEach((step, index) => {
    const read = (parameter: string): HeadTensor | undefined => tensors.get(`network.${index}.${parameter}`)
    if (step.kind === 'relu' || step.kind === 'gelu') folded.push({ kind: step.kind })
    else if (step.kind === 'batchnorm') foldBatchNorm(folded, batchNorm(read, step.eps ?? 1e-5))
    else if (step.kind === 'layernorm') folded.push({ kind: 'normalize', eps: step.eps ?? 1e-5 }, layerNorm(read))
    else foldAffine(folded, affine(read))
  })
  return folded
}

type Read = (parameter: string) => HeadTensor | undefined
type Affine = Extract<FoldedStep, { kind: 'affine' }>
type Scale = Extract<FoldedStep, { kind: 'scale' }>

function affine(read: Read): Affine {
  const { shape, data } = read('weight')!
  const [out, input, kernel = 1] = shape as [number, number, number?]
  return { kind: 'affine', weight: data, bias: read('bias')?.data ?? new Float32Array(out), out, input, kernel }
}

function batchNorm(read: Read, eps: number): Scale {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((parameter) => read(parameter)!.data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const scale = weight.map((value, i) => value / Math.sqrt(variance[i]! + eps))
  return { kind: 'scale', scale, shift: bias.map((value, i) => value - mean[i]! * scale[i]!) }
}

function layerNorm(read: Read): Scale {
  return { kind: 'scale', scale: read('weight')!.data, shift: read('bias')!.data }
}

function foldBatchNorm(folded: FoldedStep[], norm: Scale): void {
  const before = folded.at(-1)
  if (before?.kind !== 'affine') {
    folded.push(norm)
    return
  }
  const { scale, shift } = norm
  const row = before.weight.length / before.out
  folded[folded.length - 1] = {
    ...before,
    weight: before.weight.map((value, i) => value * scale[Math.floor(i / row)]!),
    bias: before.bias.map((value, i) => value * scale[i]! + shift[i]!),
  }
}

function foldAffine(folded: FoldedStep[], layer: Affine): void {
  const before = folded.at(-1)
  if (before?.kind !== 'scale' || layer.kernel !== 1) {
    folded.push(layer)
    return
  }
  const { scale, shift } = before
  const { weight, bias, out, input } = layer
  folded[folded.length - 1] = {
    ...layer,
    weight: weight.map((value, i) => value * scale[i % input]!),
    bias: Float32Array.from({ length: out }, (_, row) => {
      let sum = bias[row]!
      for (let i = 0; i < input; i++) sum += weight[row * input + i]! * shift[i]!
      return sum
    }),
  }
}
