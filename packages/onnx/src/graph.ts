import type { AnyTensor, DType } from '@dinokit/core'
import type { WeightType } from './element-type.ts'
import type { Operator, OperatorAttributes } from './operators.ts'

/** A tensor that flows through a graph, known by its name. */
export interface Value {
  readonly name: string
}

/** One application of an operator. An input of `undefined` is an optional one left out. */
export interface GraphNode<O extends Operator = Operator> {
  readonly operator: O
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: OperatorAttributes[O]
}

/** An input or output of a graph. A dimension that is a string is dynamic: equal names have equal lengths. */
export interface GraphPort {
  readonly value: Value
  readonly dtype: DType
  readonly shape: readonly (number | string)[]
}

/** A weight that is read only when the graph's weights are written: no copy of it is kept. */
export interface Weight {
  readonly dtype: WeightType
  readonly shape: readonly number[]
  /** Its elements, little-endian, row-major. */
  read(): Promise<Uint8Array> | Uint8Array
}

/** A graph as plain data, in execution order. */
export interface Graph {
  readonly name: string
  readonly inputs: readonly GraphPort[]
  readonly outputs: readonly GraphPort[]
  readonly nodes: readonly GraphNode[]
  /** Small tensors, kept in the graph itself. */
  readonly constants: ReadonlyMap<string, AnyTensor>
  /** Large tensors, kept beside the graph. */
  readonly weights: ReadonlyMap<string, Weight>
}
