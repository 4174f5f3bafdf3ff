import { tensor, type AnyTensor, type DType, type Tensor } from '@dinokit/core'
import { IMAGES, MASK } from '../graph/known-graph.ts'
import { BOOL, FLOAT32, UINT8 } from '../graph/read-model.ts'
import { OPERATORS } from './operators.ts'
import type { NetworkPlan, Run, Value } from './plan.ts'
import { count, put, take, view } from './values.ts'

/**
 * Runs a network; blocks. The images of a batch are computed one after the other: what lies between two layers of one image stays in the
 * processor's cache, and a batch needs no more memory than an image.
 *
 * @param plan - of the network
 * @param feeds - by the names of its inputs
 * @throws Error where they do not fit
 */
export function runNetwork(plan: NetworkPlan, feeds: Readonly<Record<string, AnyTensor>>): Record<string, AnyTensor> {
  const images = feeds[IMAGES]
  const batch = images?.shape[0] ?? 0
  if (!images || batch < 2) return runOnce(plan, feeds)
  const outputs: Record<string, AnyTensor> = {}
  for (let image = 0; image < batch; image++) {
    const own = Object.entries(feeds).map(([name, feed]) => [name, OF_IMAGES.has(name) ? partOf(name, feed, image, batch) : feed] as const)
    const found = runOnce(plan, Object.fromEntries(own))
    for (const [name, { data: one, shape }] of Object.entries(found) as [string, Tensor][]) {
      const all = (outputs[name] ??= tensor('float32', new Float32Array(batch * one.length), [batch, ...shape.slice(1)]))
      ;(all.data as Float32Array).set(one, image * one.length)
    }
  }
  return outputs
}

/** Inputs that have something of each image. */
const OF_IMAGES: ReadonlySet<string> = new Set([IMAGES, MASK])

function partOf(name: string, feed: AnyTensor, image: number, batch: number): AnyTensor {
  const { data, shape } = feed
  if (shape[0] !== batch || count(shape) !== data.length) throw wrongLength(name, feed)
  const length = data.length / batch
  return { ...feed, data: data.subarray(image * length, (image + 1) * length), shape: [1, ...shape.slice(1)] } as AnyTensor
}

function runOnce(plan: NetworkPlan, feeds: Readonly<Record<string, AnyTensor>>): Record<string, AnyTensor> {
  const run: Run = { ...plan, values: new Map(plan.constants), left: new Map(plan.readCounts), outputs: {} }
  plan.store.clear()
  for (const name of plan.inputs) put(run, name, feedOf(run, name, feeds[name]))
  for (const step of plan.steps) {
    const result = OPERATORS[step.node.operator]!(run, step)
    if (result) put(run, step.writes, result)
    for (const name of step.reads) forget(run, name)
  }
  return run.outputs
}

/** Types of inputs, by the numbers of ONNX. */
const TYPES: Readonly<Record<number, DType>> = { [FLOAT32]: 'float32', [UINT8]: 'uint8', [BOOL]: 'bool' }

function feedOf(run: Run, name: string, feed: AnyTensor | undefined): Value {
  if (!feed) throw new Error(`there is no input ${name}`)
  const { dtype, data, shape } = feed
  if (count(shape) !== data.length) throw wrongLength(name, feed)
  if (dtype !== TYPES[run.inputTypes.get(name)!]) throw new Error(`the input ${name} is ${dtype}`)
  if (dtype !== 'float32') return { kind: 'bytes', data: data as Uint8Array, shape }
  const value = take(run, shape)
  view(run, value).set(data)
  return value
}

const wrongLength = (name: string, { data, shape }: AnyTensor): Error =>
  new Error(`the input ${name} has ${data.length} values for [${shape.join(', ')}]`)

/** Notes that a value was read, and gives its memory back after the last time. */
function forget({ values, left, store }: Run, name: string): void {
  const rest = left.get(name)! - 1
  left.set(name, rest)
  const value = values.get(name)
  if (rest > 0 || !value || !('piece' in value)) return
  values.delete(name)
  if (--value.piece.uses === 0) store.give(value.piece)
}
