import { findModelCard } from '@dinokit/core'
import type { Weight } from '@dinokit/onnx'
import { vitGraph, type LinearWeights, type VitWeights } from '@dinokit/vit'
import * as ort from 'onnxruntime-web/wasm'
import { createEngineSession } from './engine-products.ts'
import { numbers } from './shapes.ts'

const RUNS = 8
const SIDE = 224

/**
 * Measures how a run of onnxruntime-web is shared by operators: a network with random weights on one image of 224x224.
 *
 * @param card - name of the network
 * @returns milliseconds of a run by operator, the longest first
 */
export async function operatorShares(card: string): Promise<[operator: string, ms: number][]> {
  const { architecture } = findModelCard(card)
  const { dim, patch } = architecture
  const lines = hearConsole()
  const session = await createEngineSession(vitGraph(architecture, randomWeights(card)), { enableProfiling: true })
  const rows = (SIDE / patch) ** 2
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255)
  const feeds = {
    pixels: new ort.Tensor('uint8', pixels, [1, SIDE, SIDE, 3]),
    positions: new ort.Tensor('float32', numbers(rows * dim, 5), [rows, dim]),
  }
  for (let run = 0; run < RUNS; run++) await session.run(feeds)
  const times = new Map<string, number[]>()
  for (const { operator, microseconds, node } of await eventsOf(session, lines)) {
    const key = `${operator}\n${node}`
    times.set(key, [...(times.get(key) ?? []), microseconds])
  }
  await session.release()
  const sums = new Map<string, number>()
  // The best of each node's runs, as other work on the machine only adds to it.
  for (const [key, all] of times) {
    const operator = key.split('\n')[0]!
    sums.set(operator, (sums.get(operator) ?? 0) + Math.min(...all) / 1000)
  }
  return [...sums].sort(([, a], [, b]) => b - a)
}

interface NodeEvent {
  readonly operator: string
  readonly node: string
  readonly microseconds: number
}

/** Keeps what is told to the console from now on: the engine takes hold of it when it starts. */
function hearConsole(): string[] {
  const lines: string[] = []
  console.log = (...words: unknown[]) => void lines.push(...words.map(String).join(' ').split('\n'))
  return lines
}

/** Reads times of nodes: the engine tells them to the console, an event a line. */
async function eventsOf(session: ort.InferenceSession, lines: readonly string[]): Promise<NodeEvent[]> {
  session.endProfiling()
  await new Promise((resolve) => setTimeout(resolve, 200))
  return lines.flatMap((line) => {
    const text = /\{.*\}/.exec(line)?.[0]
    if (!text?.includes('_kernel_time')) return []
    const { name, dur, args } = JSON.parse(text) as { name: string; dur: number; args: { op_name: string } }
    return [{ operator: args.op_name, node: name, microseconds: dur }]
  })
}

function randomWeights(card: string): VitWeights {
  const { dim, depth, patch, ffnHidden: hidden } = findModelCard(card).architecture
  let seed = 1
  const weight = (...shape: number[]): Weight => {
    const values = numbers(
      shape.reduce((product, length) => product * length, 1),
      ++seed,
    ).map((value) => value / 10)
    return { dtype: 'float32', shape, read: () => new Uint8Array(values.buffer) }
  }
  const linear = (out: number, input: number): LinearWeights => ({ weight: weight(out, input), bias: weight(out) })
  const norm = (): LinearWeights => ({ weight: weight(dim), bias: weight(dim) })
  return {
    patchWeight: weight(dim, patch * patch * 3),
    patchBias: weight(dim),
    prefix: weight(1, 1, dim),
    maskToken: undefined,
    norm: norm(),
    blocks: Array.from({ length: depth }, () => ({
      norm1: norm(),
      query: linear(dim, dim),
      key: linear(dim, dim),
      value: linear(dim, dim),
      projection: linear(dim, dim),
      norm2: norm(),
      inner: linear(hidden, dim),
      outer: linear(dim, hidden),
    })),
  }
}
