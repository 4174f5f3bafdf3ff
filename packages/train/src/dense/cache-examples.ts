import { toFloat16 } from '@dinokit/checkpoint'
import { tensor } from '@dinokit/core'
import type { DenseBatch, DenseExamples } from './dense-examples.ts'
import { stackIn } from './stack-in.ts'

/** One example’s numbers. */
interface Example {
  /** In 16 bits: half of the memory, and of what goes to the engine’s thread in every step. */
  readonly tokens: Uint16Array
  readonly targets: Float32Array
}

/**
 * Reads examples and keeps them, so that each is read once; those that there is no room for are read every time.
 *
 * Batches take turns in two pieces of memory: each is good until the next but one is asked for, so that one can be read
 * while a step is made of the one before.
 *
 * @param examples - where they come from
 * @param room - bytes of examples to keep
 * @returns gives the examples of these numbers, in this order, tokens in 16 bits
 */
export function cacheExamples(examples: DenseExamples, room: number): (indices: readonly number[]) => Promise<DenseBatch> {
  const kept = new Map<number, Example>()
  const turns = [0, 1].map(() => ({ tokens: stackIn(), targets: stackIn() }))
  let left = room
  const keep = (index: number, { tokens, targets }: Example): void => {
    const bytes = tokens.byteLength + targets.byteLength
    if (bytes > left) return
    left -= bytes
    kept.set(index, { tokens: tokens.slice(), targets: targets.slice() })
  }
  return async (indices) => {
    const missing = indices.filter((index) => !kept.has(index))
    const found = new Map(missing.length > 0 ? split(missing, await examples.read(missing)) : [])
    const parts = indices.map((index) => kept.get(index) ?? found.get(index)!)
    for (const [index, example] of found) keep(index, example)
    const memory = turns.reverse()[0]!
    const patches = examples.grid[0] * examples.grid[1]
    const tokens = memory.tokens(parts.map((part) => part.tokens))
    const targets = memory.targets(parts.map((part) => part.targets))
    const shape = [indices.length, patches, examples.channels]
    return {
      tokens: tensor('float16', tokens, shape),
      targets: tensor('float32', targets, [indices.length, patches, targets.length / indices.length / patches]),
    }
  }
}

function split(indices: readonly number[], { tokens, targets }: DenseBatch): (readonly [number, Example])[] {
  const partOf = <T extends Float32Array | Uint16Array>(data: T, place: number): T => {
    const each = data.length / indices.length
    return data.subarray(place * each, (place + 1) * each) as T
  }
  const halves = tokens.data instanceof Float32Array ? toFloat16(tokens.data) : tokens.data
  return indices.map((index, place) => [index, { tokens: partOf(halves, place), targets: partOf(targets.data, place) }])
}
