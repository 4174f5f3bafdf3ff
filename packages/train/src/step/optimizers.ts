import type { GraphBuilder, Value } from '@dinokit/onnx'
import { scalar } from './scalar.ts'

/** Numbers that schedules decide anew for every step. */
export interface StepRates {
  readonly learningRate: number
  /** Default 0. */
  readonly weightDecay?: number
  /** Share of the moving average that is kept; only where one is. Default 0.999. */
  readonly average?: number
}

/** Inputs of an optimizer's update of one parameter. */
export interface UpdateInputs {
  readonly parameter: Value
  readonly gradient: Value
  /** Moments, as many as `moments` names. */
  readonly moments: readonly Value[]
  /** Values of `scalars` in the graph, by name. */
  readonly scalars: Readonly<Record<string, Value>>
  /** Whether weight decay is applied. */
  readonly decayed: boolean
  /** Multiplies the learning rate of this parameter; broadcasts to it. */
  readonly rate?: Value
}

/** An optimizer: how one step is written into a graph, and the numbers that it is fed. */
export interface Optimizer {
  readonly name: string
  /** Names of the values kept for each parameter, in the parameter's shape, zeros at first. */
  readonly moments: readonly string[]
  /** The numbers of one step, which counts from 1. */
  scalars(step: number, rates: StepRates): Readonly<Record<string, number>>
  /** Writes one step of one parameter. */
  update(g: GraphBuilder, inputs: UpdateInputs): { readonly parameter: Value; readonly moments: readonly Value[] }
}

/** Options of {@link adamW}. */
export interface AdamWOptions {
  /** Shares of the mean and of the mean square that are kept. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number]
  /** Added to the root of the mean square. Default 1e-8. */
  readonly epsilon?: number
}

/** Defaults of {@link AdamWOptions}. */
export const ADAMW_DEFAULTS = Object.freeze({ betas: [0.9, 0.999] as const, epsilon: 1e-8 }) satisfies AdamWOptions

/**
 * Adam with decoupled weight decay (arXiv 1711.05101, as `torch.optim.AdamW` computes it).
 *
 * @param options - betas, epsilon
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { betas, epsilon } = { ...ADAMW_DEFAULTS, ...options }
  const [keepMean, keepSquare] = betas
  return {
    name: 'adamw',
    moments: ['mean', 'square'],
    scalars: (step, { learningRate, weightDecay = 0 }) => ({
      stepSize: learningRate / (1 - keepMean ** step),
      rootCorrection: Math.sqrt(1 - keepSquare ** step),
      shrink: learningRate * weightDecay,
    }),
    update(g, { parameter, gradient, moments, scalars, decayed, rate }) {
      const [oldMean, oldSquare] = moments as [Value, Value]
      const blend = (old: Value, keep: number, fresh: Value): Value =>
        g.apply('Add', [g.apply('Mul', [old, scalar(g, keep)]), g.apply('Mul', [fresh, scalar(g, 1 - keep)])])
      const mean = blend(oldMean, keepMean, gradient)
      const square = blend(oldSquare, keepSquare, g.apply('Mul', [gradient, gradient]))
      const root = g.apply('Add', [g.apply('Div', [g.apply('Sqrt', [square]), scalars.rootCorrection!]), scalar(g, epsilon)])
      const rated = (value: Value): Value => (rate ? g.apply('Mul', [rate, value]) : value)
      const kept = decayed ? g.apply('Sub', [parameter, g.apply('Mul', [parameter, rated(scalars.shrink!)])]) : parameter
      const change = g.apply('Mul', [g.apply('Div', [mean, root]), rated(scalars.stepSize!)])
      return { parameter: g.apply('Sub', [kept, change]), moments: [mean, square] }
    },
  }
}

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Share of the last step that is repeated. Default 0.9. */
  readonly momentum?: number
}

/** Defaults of {@link SgdOptions}. */
export const SGD_DEFAULTS = Object.freeze({ momentum: 0.9 }) satisfies SgdOptions

/**
 * Stochastic gradient descent with momentum; weight decay is added to the gradient (as `torch.optim.SGD` computes it).
 *
 * @param options - momentum
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum } = { ...SGD_DEFAULTS, ...options }
  return {
    name: 'sgd',
    moments: ['velocity'],
    scalars: (_, { learningRate, weightDecay = 0 }) => ({ learningRate, weightDecay }),
    update(g, { parameter, gradient, moments, scalars, decayed, rate }) {
      const pulled = decayed ? g.apply('Add', [gradient, g.apply('Mul', [parameter, scalars.weightDecay!])]) : gradient
      const velocity = g.apply('Add', [g.apply('Mul', [moments[0]!, scalar(g, momentum)]), pulled])
      const step = rate ? g.apply('Mul', [rate, scalars.learningRate!]) : scalars.learningRate!
      return { parameter: g.apply('Sub', [parameter, g.apply('Mul', [velocity, step])]), moments: [velocity] }
    },
  }
}
