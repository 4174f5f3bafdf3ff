import { DinokitError } from '@dinokit/core'
import { areHeads } from '../attention/attention-heads.ts'
import type { HeadDescription, HeadFile, HeadTensor } from '../head-file.ts'

const TASKS = ['classification', 'segmentation', 'depth']
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  classification: ['classes'],
  segmentation: ['classes'],
  depth: ['bins', 'log'],
}
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  linear: ['weight', 'bias'],
  convolution: ['weight', 'bias'],
  batchnorm: ['weight', 'bias', 'running_mean', 'running_var'],
  layernorm: ['weight', 'bias'],
  relu: [],
  gelu: [],
}

/**
 * Refuses a head whose description and tensors do not fit together.
 *
 * @throws DinokitError `checkpoint-invalid`, `tensor-missing`, `tensor-invalid`
 */
export function checkHead(name: string, head: HeadFile): void {
  const { description, tensors } = head
  checkDescription(name, description)
  const known = new Set<string>()
  let channels = inputWidth(description)
  description.network.forEach(({ kind }, index) => {
    const path = `network.${index}`
    for (const parameter of PARAMETERS[kind]!) known.add(`${path}.${parameter}`)
    channels = checkStep({ name, tensors }, path, kind, channels)
  })
  const extra = [...tensors.keys()].find((tensor) => !known.has(tensor))
  if (extra !== undefined) {
    throw new DinokitError('tensor-invalid', `${name} has a tensor ${extra}, which its network has no place for.`, {
      given: extra,
      expected: [...known].join(', '),
    })
  }
  checkOutput(name, description, channels)
}

/** Channels that a head reads of the tokens. */
function inputWidth({ backbone: { dim, heads }, input: { layers, tokens, heads: chosen } }: HeadDescription): number {
  if (tokens.includes('attention')) return chosen?.length ?? layers.length * heads!
  if (tokens.includes('patches')) return layers.length * dim * tokens.length
  return ((tokens.includes('cls') ? layers.length : 0) + (tokens.includes('mean') ? 1 : 0)) * dim
}

function checkDescription(name: string, { task, backbone, input, network, output, upsample = 1 }: HeadDescription): void {
  const refuse = (what: string, given: unknown, expected: string): never => {
    throw new DinokitError('checkpoint-invalid', `${name} describes its ${what} as ${JSON.stringify(given)}.`, {
      given: JSON.stringify(given),
      expected,
    })
  }
  if (!TASKS.includes(task)) refuse('task', task, TASKS.join(', '))
  if (!isCount(backbone?.dim)) refuse('backbone', backbone, 'an object with dim, the width of a token')
  if (!Array.isArray(input?.layers) || input.layers.length === 0 || !input.layers.every(isCount) || typeof input.norm !== 'boolean')
    refuse('input', input, 'layers, counted from 1, and norm, true or false')
  if (new Set(input.layers).size < input.layers.length) refuse('input', input, 'each layer once')
  const tokens = [...(input.tokens ?? [])].sort().join(' ')
  const allowed = task === 'classification' ? ['cls', 'cls mean', 'mean'] : ['patches', 'cls patches', 'attention']
  if (!allowed.includes(tokens)) refuse('tokens', input.tokens, allowed.join(', or '))
  if (tokens === 'attention' && !isCount(backbone.heads)) refuse('backbone', backbone, 'an object with heads, those of a layer')
  if (input.heads !== undefined && (tokens !== 'attention' || !areHeads(input.heads, input.layers, backbone.heads!)))
    refuse('input', input, 'heads, with tokens attention: a layer and a head of it each, once, and one of each layer or more')
  if (!Array.isArray(network) || network.length === 0) refuse('network', network, 'a list of steps')
  const dense = task !== 'classification'
  const steps = Object.keys(PARAMETERS).filter((kind) => !(dense ? ['linear', 'layernorm'] : ['convolution']).includes(kind))
  const odd = network.find(({ kind }) => !steps.includes(kind))
  if (odd) refuse('network', odd, steps.join(', '))
  if (!OUTPUTS[task]!.includes(output?.kind)) refuse('output', output, OUTPUTS[task]!.join(', or '))
  if (output.kind !== 'classes' && !(output.min > 0 && output.max > output.min)) refuse('range', output, '0 < min < max, in meters')
  if (!isCount(upsample)) refuse('upsample', upsample, 'a whole number of at least 1')
}

interface NamedTensors {
  /** Name of the file. */
  readonly name: string
  readonly tensors: HeadFile['tensors']
}

function checkStep({ name, tensors }: NamedTensors, path: string, kind: string, channels: number): number {
  const check = (parameter: string, shape: readonly number[], optional = false): HeadTensor | undefined => {
    const tensor = tensors.get(`${path}.${parameter}`)
    if (!tensor && optional) return undefined
    if (!tensor) {
      throw new DinokitError('tensor-missing', `${name} has no tensor ${path}.${parameter}.`, {
        given: [...tensors.keys()].join(', ') || 'no tensors',
        expected: `${path}.${parameter} of shape [${shape.join(', ')}]`,
      })
    }
    const fits = tensor.shape.length === shape.length && shape.every((length, axis) => length === -1 || length === tensor.shape[axis])
    if (!fits) {
      throw new DinokitError('tensor-invalid', `${name}: tensor ${path}.${parameter} has shape [${tensor.shape.join(', ')}].`, {
        given: `[${tensor.shape.join(', ')}]`,
        expected: `[${shape.map((length) => (length === -1 ? 'any' : length)).join(', ')}]: the step before it gives ${channels} channels`,
        hint: 'The head may be for another size of backbone or for other layers.',
      })
    }
    return tensor
  }
  if (kind === 'linear' || kind === 'convolution') {
    const weight = check('weight', kind === 'linear' ? [-1, channels] : [-1, channels, -1, -1])!
    const [out, , height, width] = weight.shape as [number, number, number?, number?]
    if (height !== width || (height !== undefined && height % 2 === 0)) {
      throw new DinokitError('tensor-invalid', `${name}: the kernel of ${path} is ${height}x${width}.`, {
        given: `${height}x${width}`,
        expected: 'an odd square',
      })
    }
    check('bias', [out], true)
    return out
  }
  if (kind === 'batchnorm' || kind === 'layernorm') for (const parameter of PARAMETERS[kind]!) check(parameter, [channels])
  return channels
}

function checkOutput(name: string, { task, output, classes }: HeadDescription, channels: number): void {
  if (output.kind === 'classes' && classes && classes.length !== channels) {
    throw new DinokitError('tensor-invalid', `${name} gives ${channels} logits, but has ${classes.length} classes.`, {
      given: `${classes.length} class names`,
      expected: `${channels}`,
    })
  }
  if (task === 'depth' && (output.kind === 'log' ? channels !== 1 : channels < 2)) {
    throw new DinokitError('tensor-invalid', `${name} gives ${channels} channels for depth by ${output.kind}.`, {
      given: `${channels}`,
      expected: output.kind === 'log' ? '1' : 'at least 2 bins',
    })
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}
