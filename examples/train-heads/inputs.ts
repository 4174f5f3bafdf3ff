import { classAttention, preprocess, tensor, type Tensor } from '@dinokit/core'
import { createRuntime, findModelCard, open } from 'dinokit'
import type { LookAt } from './look-at.ts'
import { GRID, INPUT, LAYERS } from './nyu.ts'

/** One thread: the same bits on every machine with the same instructions. */
export const ENGINE = { threads: 1 }

const ATTENTION_LAYERS = Array.from({ length: 12 }, (_, index) => index + 1)
const PATCH = INPUT.width / GRID[1]

/** Patches of four layers side by side. */
async function* tokens(paths: readonly string[]): AsyncGenerator<Float32Array> {
  await using vision = await open({ size: INPUT, layers: LAYERS, engine: ENGINE })
  for await (const { tokens, error } of vision.stream(paths)) {
    if (error) throw error
    yield sideBySide(LAYERS.map((layer) => (tokens.layers[layer] ?? tokens).patches))
  }
}

/** Yields CLS-to-patch attention, in every head of every layer. */
async function* attention(paths: readonly string[]): AsyncGenerator<Float32Array> {
  await using vision = await open({ size: INPUT, attention: ATTENTION_LAYERS, engine: ENGINE })
  for await (const { tokens, error } of vision.stream(paths)) {
    if (error) throw error
    yield sideBySide(ATTENTION_LAYERS.map((layer) => channelsLast(classAttention(tokens.attention[layer]!, GRID))))
  }
}

/** Every color value of every patch, from -1 to 1: no model at all. */
async function* pixels(paths: readonly string[]): AsyncGenerator<Float32Array> {
  const runtime = createRuntime()
  const { preprocessing } = findModelCard('tiny')
  for (const path of paths) {
    const prepared = preprocess(await runtime.decodeImage(path), { size: INPUT, preprocessing, patch: PATCH })
    yield patchesOf(prepared.pixels.data)
  }
}

/** Inputs that a head can be trained on. */
export const INPUTS = { tokens, attention, pixels } as const satisfies Record<string, LookAt>

/** [patches][channels] of several [rows][columns][dim]. */
function sideBySide(maps: readonly Tensor[]): Float32Array {
  const patches = GRID[0] * GRID[1]
  const dim = maps[0]!.data.length / patches
  const side = new Float32Array(patches * maps.length * dim)
  maps.forEach(({ data }, place) => {
    for (let i = 0; i < patches; i++) side.set(data.subarray(i * dim, (i + 1) * dim), (i * maps.length + place) * dim)
  })
  return side
}

/** [rows][columns][heads] of [heads][rows][columns]. */
function channelsLast({ data, shape }: Tensor): Tensor {
  const [heads, rows, columns] = shape as [number, number, number]
  const turned = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) turned[(i % (rows * columns)) * heads + Math.floor(i / (rows * columns))] = data[i]!
  return tensor('float32', turned, [rows, columns, heads])
}

/** [patches][values of a patch] of [height][width][3]. */
function patchesOf(data: Uint8Array): Float32Array {
  const result = new Float32Array(data.length)
  const [line, stride] = [PATCH * 3, INPUT.width * 3]
  let to = 0
  for (let row = 0; row < GRID[0]; row++)
    for (let column = 0; column < GRID[1]; column++)
      for (let y = 0; y < PATCH; y++)
        for (let x = 0; x < line; x++) result[to++] = data[(row * PATCH + y) * stride + column * line + x]! / 127.5 - 1
  return result
}
