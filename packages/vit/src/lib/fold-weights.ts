import type { ModelCard } from '@dinokit/core'
import type { Weight } from '@dinokit/onnx'
import { BYTE_CENTER, type BlockWeights, type LinearWeights, type VitWeights } from '../vit-graph.ts'
import { countPrefix, type ParameterReader } from '../parameters.ts'

/**
 * The graph's weights from a checkpoint's parameters: /255 and mean/std folded into the patch projection, LayerScale
 * into the linear layers before it, the position of CLS into CLS. Each is computed when it is read and then forgotten.
 */
export function foldWeights(card: ModelCard, parameters: ParameterReader): VitWeights {
  const { dim, depth, patch, registers, ffn, ffnHidden } = card.architecture
  const count = countPrefix(card.architecture)
  const { mean, std } = card.preprocessing
  /** `part`: which of the layers that are stored as one. */
  const plain = (name: string, shape: readonly number[], part = 0): Weight => {
    const size = shape.reduce((product, length) => product * length)
    return weight(shape, () => parameters.read(name, part * size, (part + 1) * size))
  }
  const linear = (name: string, out: number, input: number, part?: number): LinearWeights => ({
    weight: plain(`${name}.weight`, [out, input], part),
    bias: plain(`${name}.bias`, [out], part),
  })
  const scaled = (name: string, gamma: string, input: number): LinearWeights => {
    const unscaled = linear(name, dim, input)
    if (!parameters.has(gamma)) return unscaled
    const scale = (parameter: string) => async () => scaleRows(await parameters.read(parameter), await parameters.read(gamma))
    return { weight: weight([dim, input], scale(`${name}.weight`)), bias: weight([dim], scale(`${name}.bias`)) }
  }
  const norm = (name: string): LinearWeights => ({ weight: plain(`${name}.weight`, [dim]), bias: plain(`${name}.bias`, [dim]) })
  const block = (index: number): BlockWeights => {
    const name = `blocks.${index}`
    const [inner, outer, width] = ffn === 'mlp' ? ['mlp.fc1', 'mlp.fc2', ffnHidden] : ['mlp.w12', 'mlp.w3', 2 * ffnHidden]
    return {
      norm1: norm(`${name}.norm1`),
      query: linear(`${name}.attn.qkv`, dim, dim, 0),
      key: linear(`${name}.attn.qkv`, dim, dim, 1),
      value: linear(`${name}.attn.qkv`, dim, dim, 2),
      projection: scaled(`${name}.attn.proj`, `${name}.ls1.gamma`, dim),
      norm2: norm(`${name}.norm2`),
      inner: linear(`${name}.${inner}`, width, dim),
      outer: scaled(`${name}.${outer}`, `${name}.ls2.gamma`, ffnHidden),
    }
  }
  return {
    patchWeight: weight([dim, patch * patch * mean.length], async () =>
      foldPatchWeight(await parameters.read('patch_embed.proj.weight'), dim, patch, std),
    ),
    patchBias: weight([dim], async () =>
      foldPatchBias(await parameters.read('patch_embed.proj.bias'), await parameters.read('patch_embed.proj.weight'), mean, std),
    ),
    prefix:
      count > 0
        ? weight([1, count, dim], async () => {
            const prefix = new Float32Array(count * dim)
            const positions = await parameters.read('pos_embed', 0, dim)
            prefix.set((await parameters.read('cls_token')).map((value, i) => value + positions[i]!))
            if (registers > 0) prefix.set(await parameters.read('register_tokens'), (count - registers) * dim)
            return prefix
          })
        : undefined,
    maskToken: parameters.has('mask_token') ? plain('mask_token', [dim]) : undefined,
    norm: parameters.has('norm.weight') ? norm('norm') : undefined,
    blocks: Array.from({ length: depth }, (_, index) => block(index)),
  }
}

function weight(shape: readonly number[], read: () => Promise<Float32Array>): Weight {
  return {
    dtype: 'float32',
    shape,
    read: async () => {
      const values = await read()
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    },
  }
}

/** Multiplies row i of [rows][...] by gamma[i], in place: the values were read for this alone. */
function scaleRows(values: Float32Array, gamma: Float32Array): Float32Array {
  const length = values.length / gamma.length
  gamma.forEach((factor, row) => {
    for (let i = row * length, end = i + length; i < end; i++) values[i]! *= factor
  })
  return values
}

/** [dim][channels][patch][patch] for normalized floats to [dim][patch][patch][channels] for bytes: x / 255 / std. */
function foldPatchWeight(values: Float32Array, dim: number, patch: number, std: readonly number[]): Float32Array {
  const area = patch * patch
  const folded = new Float32Array(values.length)
  for (let out = 0; out < dim; out++) {
    for (const [channel, deviation] of std.entries()) {
      const scale = 1 / (255 * deviation)
      const from = (out * std.length + channel) * area
      for (let i = 0; i < area; i++) folded[(out * area + i) * std.length + channel] = values[from + i]! * scale
    }
  }
  return folded
}

/** Adds what the mean takes away from every output, and what the centering of bytes gives back. */
function foldPatchBias(bias: Float32Array, values: Float32Array, mean: readonly number[], std: readonly number[]): Float32Array {
  const area = values.length / bias.length / mean.length
  return bias.map((shift, out) => {
    let sum = shift
    for (const [channel, deviation] of std.entries()) {
      const scale = (mean[channel]! - BYTE_CENTER / 255) / deviation
      const from = (out * std.length + channel) * area
      for (let i = 0; i < area; i++) sum -= values[from + i]! * scale
    }
    return sum
  })
}
