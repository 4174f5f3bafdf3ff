import { tensor, type Tensor } from '@dinokit/core'
import { createGraphBuilder, gradients, type Graph, type GraphBuilder, type Value } from '@dinokit/onnx'
import { scalar, total } from './scalar.ts'
import type { Optimizer } from './optimizers.ts'

/** Inputs of a forward pass. */
export interface ForwardInputs {
  readonly g: GraphBuilder
  /** Parameters and buffers by name. */
  readonly values: Readonly<Record<string, Value>>
  /** The moving average of each parameter, before this step, where one is kept. */
  readonly averages: Readonly<Record<string, Value>>
}

/** Values of a forward pass. */
export interface ForwardValues {
  /** Loss, a tensor of one element. */
  readonly loss: Value
  /** Further values that every step gives back, by name. Float32, of any shape. */
  readonly outputs?: Readonly<Record<string, Value>>
  /** New values of the buffers. */
  readonly buffers?: Readonly<Record<string, Value>>
  /** Values that no gradient passes: a teacher’s. */
  readonly stopped?: readonly Value[]
  /** Multipliers of parameters' learning rates in this step, by name: of one element. Default: nothing. */
  readonly rates?: Readonly<Record<string, Value>>
}

/** Options of a training step. */
export interface TrainingStepOptions {
  readonly name: string
  /** Parameters that are trained, with their first values. */
  readonly parameters: Readonly<Record<string, Tensor>>
  /** Buffers that are kept from step to step, and are not trained: running statistics. */
  readonly buffers?: Readonly<Record<string, Tensor>>
  readonly optimizer: Optimizer
  /** Writes the network and the loss, and declares the inputs that batches come in by. */
  forward(inputs: ForwardInputs): ForwardValues
  /** The norm that gradients are scaled down to, of all parameters that `group` gives one name. Default: no clipping. */
  readonly clip?: { readonly norm: number; readonly group?: (name: string) => string }
  /** Whether weight decay is applied to a parameter. Default: to all. */
  decayed?(name: string, shape: readonly number[]): boolean
  /** Returns the multiplier of a parameter’s learning rate, broadcast to it. Default: nothing. */
  rate?(name: string): Tensor | undefined
  /** Keep a moving average of the parameters. Default false. */
  readonly average?: boolean
  /** Batches of one step, whose gradients’ mean it is made by. Default 1. */
  readonly accumulate?: number
}

/** A training step as one graph, with the state that it begins with. */
export interface TrainingStep {
  readonly graph: Graph
  readonly optimizer: Optimizer
  /** Parameters, moments, averages, buffers: inputs by these names; outputs by `next:` and the name. */
  readonly initial: Readonly<Record<string, Tensor>>
  /** Whether a moving average is kept. */
  readonly average: boolean
  /** Batches of one step. Where they are several, each but the last changes the buffers alone. */
  readonly accumulate: number
  /** Sums of the gradients of a step's earlier batches, zeros at first: outputs by `next:` and the name. None for one. */
  readonly sums: Readonly<Record<string, Tensor>>
  /** Names of the buffers. */
  readonly buffers: readonly string[]
}

/** The state's name of what an optimizer keeps for a parameter. */
export function momentName(parameter: string, moment: string): string {
  return `${parameter}/${moment}`
}

/** The state's name of a parameter's moving average. */
export function averageName(parameter: string): string {
  return `${parameter}/average`
}

/**
 * Writes one training step as one graph: forward pass, loss, gradients, clipping, the optimizer's update, the moving
 * average. State comes in as inputs and goes out as outputs; nothing is kept in the session.
 *
 * @param options - what is trained, and how
 * @throws DinokitError `gradient-unavailable` where the forward pass has an operator that can't be differentiated
 */
export function trainingStep(options: TrainingStepOptions): TrainingStep {
  const { parameters, buffers = {}, optimizer, average = false, accumulate = 1 } = options
  const g = createGraphBuilder(options.name)
  const initial: Record<string, Tensor> = {}
  const declare = (name: string, value: Tensor): Value => {
    initial[name] = value
    return g.input(name, 'float32', value.shape)
  }
  const zeros = ({ shape, data }: Tensor): Tensor => tensor('float32', new Float32Array(data.length), shape)
  const map = <T, R>(of: Readonly<Record<string, T>>, change: (value: T, name: string) => R): Record<string, R> =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value, name)]))

  const trained = map(parameters, (value, name) => declare(name, value))
  const kept = map(buffers, (value, name) => declare(name, value))
  const averages = average ? map(parameters, (value, name) => declare(averageName(name), value)) : {}
  const moments = map(parameters, (value, name) => optimizer.moments.map((moment) => declare(momentName(name, moment), zeros(value))))
  const names = [...Object.keys(optimizer.scalars(1, { learningRate: 1 })), ...(average ? ['average'] : [])]
  const scalars = Object.fromEntries(names.map((name) => [name, g.input(`step:${name}`, 'float32', [])]))

  const forward = options.forward({ g, values: { ...trained, ...kept }, averages })
  const order = Object.keys(parameters)
  const found = gradients(
    g,
    forward.loss,
    order.map((name) => trained[name]!),
    forward.stopped ? { stopped: forward.stopped } : {},
  )
  const give = (name: string, value: Value, shape: readonly (number | string)[]): void => g.output(name, value, 'float32', shape)
  const sums: Record<string, Tensor> = {}
  const means = order.map((name, index) => {
    if (accumulate === 1) return found[index]!
    const sum = `${name}/sum`
    const { shape } = (sums[sum] = zeros(parameters[name]!))
    const part = g.apply('Mul', [found[index]!, scalar(g, 1 / accumulate)])
    const mean = g.apply('Add', [g.input(sum, 'float32', shape), part])
    give(`next:${sum}`, mean, shape)
    return mean
  })
  const { clipped, norms } = clip(g, order, means, options.clip)
  order.forEach((name, index) => {
    const { shape } = parameters[name]!
    const rate = rateOf(g, options.rate?.(name), forward.rates?.[name])
    // Kernels of one pixel: a scalar that is broadcast to lengths of one at the end is multiplied one number at a time.
    const short = rate ? shape : shape.slice(0, 1 + shape.findLastIndex((length) => length > 1))
    const reshaped = (value: Value, to: readonly number[]): Value =>
      short.length === shape.length ? value : g.apply('Reshape', [value, g.integers(...to)])
    const updated = optimizer.update(g, {
      parameter: reshaped(trained[name]!, short),
      gradient: reshaped(clipped[index]!, short),
      moments: moments[name]!.map((moment) => reshaped(moment, short)),
      scalars,
      decayed: options.decayed?.(name, shape) ?? true,
      ...(rate && { rate }),
    })
    const parameter = reshaped(updated.parameter, shape)
    give(`next:${name}`, parameter, shape)
    optimizer.moments.forEach((moment, i) => give(`next:${momentName(name, moment)}`, reshaped(updated.moments[i]!, shape), shape))
    if (average) {
      const share = g.apply('Mul', [g.apply('Sub', [scalar(g, 1), scalars.average!]), parameter])
      give(`next:${averageName(name)}`, g.apply('Add', [g.apply('Mul', [averages[name]!, scalars.average!]), share]), shape)
    }
  })
  for (const [name, { shape }] of Object.entries(buffers)) give(`next:${name}`, forward.buffers?.[name] ?? kept[name]!, shape)
  give('loss', g.apply('Reshape', [forward.loss, g.integers(1)]), [1])
  for (const [group, norm] of norms)
    give(group === '' ? 'gradientNorm' : `gradientNorm:${group}`, g.apply('Reshape', [norm, g.integers(1)]), [1])
  for (const [name, value] of Object.entries(forward.outputs ?? {}))
    give(name, g.apply('Reshape', [value, g.integers(-1)]), [`${name}Length`])
  return { graph: g.build(), optimizer, initial, average, accumulate, sums, buffers: Object.keys(buffers) }
}

function rateOf(g: GraphBuilder, always: Tensor | undefined, now: Value | undefined): Value | undefined {
  const constant = always && g.constant(always)
  return constant && now ? g.apply('Mul', [constant, now]) : (constant ?? now)
}

/** Clips like `torch.nn.utils.clip_grad_norm_`, for each group by itself; a group's norm is that before clipping. */
function clip(
  g: GraphBuilder,
  names: readonly string[],
  found: readonly Value[],
  options: TrainingStepOptions['clip'],
): { clipped: readonly Value[]; norms: ReadonlyMap<string, Value> } {
  const groupOf = (name: string): string => options?.group?.(name) ?? ''
  const norms = new Map<string, Value>()
  for (const group of new Set(names.map(groupOf))) {
    const squares = found.flatMap((gradient, index) =>
      groupOf(names[index]!) === group ? [total(g, g.apply('Mul', [gradient, gradient]))] : [],
    )
    norms.set(group, g.apply('Sqrt', [squares.reduce((sum, square) => g.apply('Add', [sum, square]))]))
  }
  if (!options) return { clipped: found, norms }
  const factors = new Map(
    Array.from(norms, ([group, norm]) => {
      const factor = g.apply('Div', [scalar(g, options.norm), g.apply('Add', [norm, scalar(g, 1e-6)])])
      return [group, g.apply('Min', [factor, scalar(g, 1)])]
    }),
  )
  return { clipped: found.map((gradient, index) => g.apply('Mul', [gradient, factors.get(groupOf(names[index]!))!])), norms }
}
