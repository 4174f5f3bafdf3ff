import type { TensorFile } from '@dinokit/checkpoint'

/** Options of {@link plainForward}. */
export interface PlainForwardOptions {
  readonly patch: number
  readonly heads: number
  readonly mean: number
  readonly std: number
}

/**
 * The forward pass of timm's VisionTransformer (huggingface/pytorch-image-models, vision_transformer.py) at the size of the
 * stored positions, in float64 and plain loops: an independent computation of what the graph computes.
 *
 * @param file - timm's tensors
 * @param pixels - [side][side][3], bytes
 * @param options - of the network
 * @returns [1 + patches][dim] after the last LayerNorm
 */
export async function plainForward(
  file: TensorFile,
  pixels: Uint8Array,
  { patch, heads, mean, std }: PlainForwardOptions,
): Promise<Float64Array[]> {
  const read = async (name: string): Promise<Float64Array> => Float64Array.from(await file.tensors.get(name)!.readFloat32())
  const linear = async (name: string, rows: readonly Float64Array[]): Promise<Float64Array[]> => {
    const [weight, bias] = [await read(`${name}.weight`), await read(`${name}.bias`)]
    return rows.map((row) => multiply(weight, row, bias))
  }
  const norm = async (name: string, rows: readonly Float64Array[]): Promise<Float64Array[]> => {
    const [weight, bias] = [await read(`${name}.weight`), await read(`${name}.bias`)]
    return rows.map((row) => {
      const center = row.reduce((a, b) => a + b) / row.length
      const deviation = Math.sqrt(row.reduce((sum, x) => sum + (x - center) ** 2, 0) / row.length + 1e-6)
      return row.map((x, i) => ((x - center) / deviation) * weight[i]! + bias[i]!)
    })
  }
  const add = (a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array[] =>
    a.map((row, t) => row.map((x, i) => x + b[t]![i]!))

  const side = Math.sqrt(pixels.length / 3)
  const grid = side / patch
  const patches = Array.from({ length: grid * grid }, (_, index) =>
    Float64Array.from({ length: 3 * patch * patch }, (_, i) => {
      const [channel, y, x] = [Math.floor(i / patch ** 2), Math.floor(i / patch) % patch, i % patch]
      const [top, left] = [Math.floor(index / grid) * patch, (index % grid) * patch]
      return (pixels[((top + y) * side + left + x) * 3 + channel]! / 255 - mean) / std
    }),
  )
  const embedded = await linear('patch_embed.proj', patches)
  const positions = await read('pos_embed')
  let stream: Float64Array[] = [await read('cls_token'), ...embedded].map((row, t) => row.map((x, i) => x + positions[t * row.length + i]!))
  const dim = stream[0]!.length
  for (let block = 0; file.tensors.has(`blocks.${block}.norm1.weight`); block++) {
    const name = `blocks.${block}`
    const qkv = await linear(`${name}.attn.qkv`, await norm(`${name}.norm1`, stream))
    stream = add(stream, await linear(`${name}.attn.proj`, attend(qkv, dim, heads)))
    const inner = await linear(`${name}.mlp.fc1`, await norm(`${name}.norm2`, stream))
    stream = add(
      stream,
      await linear(
        `${name}.mlp.fc2`,
        inner.map((row) => row.map(gelu)),
      ),
    )
  }
  return norm('norm', stream)
}

function multiply(weight: Float64Array, row: Float64Array, bias: Float64Array): Float64Array {
  return bias.map((shift, out) => shift + dot(weight, out * row.length, row))
}

function dot(a: Float64Array, from: number, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < b.length; i++) sum += a[from + i]! * b[i]!
  return sum
}

function attend(qkv: readonly Float64Array[], dim: number, heads: number): Float64Array[] {
  const width = dim / heads
  const result = qkv.map(() => new Float64Array(dim))
  for (let head = 0; head < heads; head++) {
    const part = (which: number): Float64Array[] =>
      qkv.map((row) => row.subarray(which * dim + head * width, which * dim + (head + 1) * width))
    const [queries, keys, values] = [part(0), part(1), part(2)]
    queries.forEach((query, t) => {
      const scores = keys.map((key) => dot(key, 0, query) / Math.sqrt(width))
      const top = Math.max(...scores)
      const weights = scores.map((score) => Math.exp(score - top))
      const total = weights.reduce((a, b) => a + b)
      values.forEach((value, s) => {
        for (let i = 0; i < width; i++) result[t]![head * width + i]! += (weights[s]! / total) * value[i]!
      })
    })
  }
  return result
}

function gelu(x: number): number {
  return (x * (1 + erf(x / Math.SQRT2))) / 2
}

/** Computes the error function by its series near 0 and its continued fraction elsewhere, to about 1e-12 (Abramowitz and Stegun 7.1.5 and 7.1.14). */
function erf(x: number): number {
  const t = Math.abs(x)
  if (t > 6) return Math.sign(x)
  if (t < 2.5) {
    let [term, sum] = [t, t]
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= (-t * t) / n
      sum += term / (2 * n + 1)
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI)
  }
  let fraction = t
  for (let n = 60; n >= 1; n--) fraction = t + n / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-t * t) / fraction / Math.sqrt(Math.PI))
}
