import type { AnyTensor } from '@dinokit/core'
import type { Step } from '../graph/known-graph.ts'
import type { KernelMemory, Piece } from '../kernel-memory.ts'
import type { ThreadTeam } from '../thread-team.ts'

/** Value while a network runs: whole numbers of a shape, bytes of images, or numbers in the kernels' memory. */
export type Value = Integers | Bytes | Floats | Levels

interface Integers {
  readonly kind: 'integers'
  readonly values: readonly number[]
}

/** Bytes of images or masks. */
export interface Bytes {
  readonly kind: 'bytes'
  readonly data: Uint8Array
  readonly shape: readonly number[]
}

/** Numbers in the kernels' memory. */
export interface Floats {
  readonly kind: 'floats'
  /** Where they lie, and how many values lie there. */
  readonly piece: Piece & { uses: number }
  readonly shape: readonly number[]
}

/** Levels in the kernels' memory. */
export interface Levels extends Omit<Floats, 'kind'> {
  readonly kind: 'levels'
  /** Where the size of a level is. */
  readonly size: number
  /** Bytes of a row. */
  readonly row: number
}

/** Kernels that bring numbers to levels, and their constants. */
export interface Leveling {
  readonly range: number
  readonly kernel: number
  /** Where what the columns are multiplied by lies; 0 where they are not. */
  readonly factors: number
  readonly depth: number
  /** Bytes of a row of levels. */
  readonly row: number
  /** Whether levels are bytes, with rests. */
  readonly bytes: boolean
}

/** Constants of a product or a norm, laid out. */
export interface Layer {
  readonly kernel: number
  readonly weight: number
  readonly bias: number
  readonly width: number
  readonly depth: number
  /** Depth that is computed at once. */
  readonly part: number
}

/** Kernel of rows that has no constants. */
export interface RowKernel {
  readonly kernel: number
  /** Numbers of a row of the result. */
  readonly width: number
}

/** Kernels of attention. */
export interface AttentionKernels {
  readonly pack: number
  readonly scores: number
  readonly mix: number
}

/** Network that is laid out. */
export interface NetworkPlan {
  /** Names of what it is given. */
  readonly inputs: readonly string[]
  /** Their element types, by the numbers of ONNX. */
  readonly inputTypes: ReadonlyMap<string, number>
  readonly steps: readonly Step[]
  readonly layers: ReadonlyMap<Step, Layer>
  readonly leveling: ReadonlyMap<Step, Leveling>
  readonly attentions: ReadonlyMap<string, AttentionKernels>
  readonly rows: ReadonlyMap<Step, RowKernel>
  readonly gelu: number
  readonly softmax: number
  readonly team: ThreadTeam
  readonly store: KernelMemory
  readonly threads: number
  /** Constants by name. */
  readonly constants: ReadonlyMap<string, Value>
  /** Number of readers of each value. */
  readonly readCounts: ReadonlyMap<string, number>
}

/** Run under way. */
export interface Run extends NetworkPlan {
  readonly values: Map<string, Value>
  /** Number of readers to come of each value. */
  readonly left: Map<string, number>
  readonly outputs: Record<string, AnyTensor>
}
