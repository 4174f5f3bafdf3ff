import { foldSteps, type FoldedStep, type HeadFile } from '@dinokit/head-kit'
import { gelu } from './gelu.ts'

/**
 * A head's network as a function of one vector.
 *
 * @param head - of linear layers, BatchNorm and activations
 */
export function applySteps(head: HeadFile): (features: Float32Array) => Float32Array {
  const steps = foldSteps(head)
  return (features) => steps.reduce(applyStep, features)
}

function applyStep(x: Float32Array, step: FoldedStep): Float32Array {
  if (step.kind === 'relu') return x.map((value) => Math.max(value, 0))
  if (step.kind === 'gelu') return x.map(gelu)
  if (step.kind === 'scale') return x.map((value, i) => value * step.scale[i]! + step.shift[i]!)
  if (step.kind === 'normalize') return normalized(x, step.eps)
  const { weight, bias, out, input } = step
  const y = new Float32Array(out)
  for (let row = 0; row < out; row++) {
    let sum = bias[row]!
    for (let i = 0, at = row * input; i < input; i++, at++) sum += weight[at]! * x[i]!
    y[row] = sum
  }
  return y
}

/** LayerNorm without its weight and bias. */
function normalized(x: Float32Array, eps: number): Float32Array {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
  const deviation = Math.sqrt(variance + eps)
  return x.map((value) => (value - mean) / deviation)
}
