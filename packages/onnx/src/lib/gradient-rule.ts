import type { AnyTensor } from '@dinokit/core'
import type { GraphBuilder } from '../graph-builder.ts'
import type { Value } from '../graph.ts'
import type { Operator, OperatorAttributes } from '../operators.ts'
import type { Dimension, Shape } from './shape.ts'

/** One node on the way back from the loss: what its rule may use. */
export interface BackwardStep<O extends Operator> {
  readonly g: GraphBuilder
  /** The node's inputs; those left out are undefined. */
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: OperatorAttributes[O]
  /** The loss's gradient by the first output; a node of several outputs looks at `gradients`. */
  readonly dy: Value
  /** The loss's gradient by each output, undefined where the loss does not depend on it. */
  readonly gradients: readonly (Value | undefined)[]
  /** A value's shape as far as it is known before a run. */
  readonly shape: (value: Value) => Shape
  /** The elements of a vector of integers. */
  readonly integers: (value: Value) => readonly Dimension[]
  /** A value's elements, where it is a constant of the graph. */
  readonly constant: (value: Value) => AnyTensor | undefined
  /** A number, as a tensor of no dimensions. */
  readonly scalar: (value: number) => Value
  /** The shape that a value has in the run, as a vector. */
  readonly shapeOf: (value: Value) => Value
  /**
   * A gradient that has the shape of `of`, summed over what was stretched to make `of` of `to`. The last `kept`
   * dimensions are left alone.
   */
  readonly sumTo: (gradient: Value, of: Value, to: Value, kept?: number) => Value
  /** The last two dimensions exchanged; a value that the rule has written has its rank told. */
  readonly transposed: (value: Value, rank?: number) => Value
  /** The error of a case that the rule does not cover. */
  readonly refuse: (reason: string) => Error
}

/**
 * An operator's vector-Jacobian product: for each input, how the loss's gradient by it is written, or undefined where
 * the output does not depend on it smoothly (indices, shapes, conditions). Only those that are needed are called.
 */
export type GradientRule<O extends Operator> = (step: BackwardStep<O>) => readonly ((() => Value) | undefined)[]

/** A rule for every operator that has one. */
export type GradientRules = { readonly [O in Operator]: GradientRule<O> }
