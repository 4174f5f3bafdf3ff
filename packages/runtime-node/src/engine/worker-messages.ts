import type { AnyTensor, DType } from '@dinokit/core'
import type { InferenceSession } from 'onnxruntime-node'

/** Model and options of a session. */
export interface SessionStart {
  /** The path of a model, or its bytes. */
  readonly model: string | Uint8Array
  readonly options: InferenceSession.SessionOptions
  /** Whether its calls wait for those of all other sessions of the process that say so too, as on a GPU. */
  readonly takesTurns?: boolean
}

/** Request to the engine's thread: first to open a session. */
export type WorkerCall =
  /** The first of all: what both sides see of the engine's calls, see engine-calls.ts; what sessions that take turns wait at. */
  | { readonly kind: 'share'; readonly state?: Int32Array<SharedArrayBuffer>; readonly turn?: Int32Array<SharedArrayBuffer> }
  | ({ readonly kind: 'open' } & SessionStart)
  | { readonly kind: 'run'; readonly id: number; readonly feeds: readonly (readonly [name: string, tensor: AnyTensor])[] }
  | { readonly kind: 'release' }

/** An output of a run, in memory of its own. */
export interface WorkerOutput {
  readonly name: string
  readonly dtype: DType
  readonly data: AnyTensor['data']
  readonly shape: readonly number[]
}

/** Answer of the engine's thread. */
export type WorkerAnswer =
  /** The first word: the thread runs, and nothing else has been done. */
  | { readonly kind: 'here' }
  | { readonly kind: 'ready'; readonly version: string; readonly inputs: readonly string[]; readonly outputs: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'outputs'; readonly id: number; readonly outputs: readonly WorkerOutput[] }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  | { readonly kind: 'released' }
