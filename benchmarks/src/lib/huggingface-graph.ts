import { tensor } from '@dinokit/core'
import { createGraphBuilder, type Graph, type GraphBuilder, type Value } from '@dinokit/onnx'
import type { VitBackbone } from '@dinokit/vit'

/**
 * A backbone without registers as torch.onnx writes Hugging Face's Dinov2Model (transformers, modeling_dinov2.py), which is
 * what the hub's files hold: normalized pixels [batch][3][height][width] in, `last_hidden_state` [batch][T][dim] out, query,
 * key and value apart, LayerScale not folded, and the position embedding resampled within every run.
 *
 * @param backbone - whose weights it holds
 */
export function huggingfaceGraph({ card, parameters }: VitBackbone): Graph {
  const { dim, depth, heads, patch, positionGrid, ffnHidden, layerNormEps: epsilon } = card.architecture
  const g = createGraphBuilder('main_graph')
  const pixels = g.input('pixel_values', 'float32', ['batch_size', 3, 'height', 'width'])

  /** A parameter, or what `pick` makes of it, which `part` tells from others made of it. */
  const weight = (parameter: string, shape: readonly number[], part = '', pick = (values: Float32Array): Float32Array => values): Value =>
    g.weight(`m.${parameter}${part}`, { dtype: 'float32', shape, read: async () => bytesOf(pick(await parameters.read(parameter))) })
  const length = (of: Value, axis: number): Value => g.apply('Shape', [of], { start: axis, end: axis + 1 })
  const shape = (...lengths: (Value | number)[]): Value =>
    g.apply(
      'Concat',
      lengths.map((part) => (typeof part === 'number' ? g.integers(part) : part)),
      { axis: 0 },
    )
  /** x W^T + b, of the rows of W from `first` on. */
  const linear = (x: Value, name: string, [input, output]: readonly [number, number], first = 0): Value => {
    const matrix = weight(`${name}.weight`, [input, output], `.${first}`, (values) => columnsFirst(values, input, output, first))
    const bias = weight(`${name}.bias`, [output], `.${first}`, (values) => values.slice(first, first + output))
    return g.apply('Add', [bias, g.apply('MatMul', [x, matrix])])
  }
  const norm = (x: Value, name: string): Value =>
    g.apply('LayerNormalization', [x, weight(`${name}.weight`, [dim]), weight(`${name}.bias`, [dim])], { axis: -1, epsilon })
  const scaled = (x: Value, name: string): Value => g.apply('Mul', [x, weight(name, [dim])])
  const transposed = (x: Value, ...perm: number[]): Value => g.apply('Transpose', [x], { perm })

  const projected = g.apply(
    'Conv',
    [pixels, weight('patch_embed.proj.weight', [dim, 3, patch, patch]), weight('patch_embed.proj.bias', [dim])],
    {
      kernel_shape: [patch, patch],
      strides: [patch, patch],
    },
  )
  const batch = length(pixels, 0)
  const patches = transposed(g.apply('Reshape', [projected, shape(batch, dim, -1)]), 0, 2, 1)
  const cls = g.apply('Expand', [weight('cls_token', [1, 1, dim]), shape(batch, 1, 1)])
  const [rows, columns] = positionGrid
  const stored = weight('pos_embed', [1, rows, columns, dim], '.patches', (values) => values.slice(dim))
  const sides = [2, 3].map((axis) => g.apply('Div', [length(pixels, axis), g.integers(patch)]))
  const resized = g.apply('Resize', [transposed(stored, 0, 3, 1, 2), undefined, undefined, shape(1, dim, ...sides)], {
    mode: 'cubic',
    cubic_coeff_a: -0.75,
    coordinate_transformation_mode: 'half_pixel',
  })
  const positions = [
    weight('pos_embed', [1, 1, dim], '.cls', (values) => values.slice(0, dim)),
    g.apply('Reshape', [transposed(resized, 0, 2, 3, 1), g.integers(1, -1, dim)]),
  ]
  let x = g.apply('Add', [g.apply('Concat', [cls, patches], { axis: 1 }), g.apply('Concat', positions, { axis: 1 })])

  const perHead = (value: Value, ...perm: number[]): Value =>
    transposed(g.apply('Reshape', [value, shape(batch, -1, heads, dim / heads)]), ...perm)
  for (let index = 0; index < depth; index++) {
    const block = `blocks.${index}`
    const normed = norm(x, `${block}.norm1`)
    const [query, key, value] = [0, 1, 2].map((part) => linear(normed, `${block}.attn.qkv`, [dim, dim], part * dim)) as [
      Value,
      Value,
      Value,
    ]
    const products = g.apply('MatMul', [perHead(query, 0, 2, 1, 3), perHead(key, 0, 2, 3, 1)])
    const map = g.apply('Softmax', [g.apply('Mul', [products, scalar(g, Math.sqrt(heads / dim))])], { axis: -1 })
    const attended = transposed(g.apply('MatMul', [map, perHead(value, 0, 2, 1, 3)]), 0, 2, 1, 3)
    const joined = linear(g.apply('Reshape', [attended, shape(batch, -1, dim)]), `${block}.attn.proj`, [dim, dim])
    x = g.apply('Add', [scaled(joined, `${block}.ls1.gamma`), x])
    const inner = gelu(g, linear(norm(x, `${block}.norm2`), `${block}.mlp.fc1`, [dim, ffnHidden]))
    x = g.apply('Add', [scaled(linear(inner, `${block}.mlp.fc2`, [ffnHidden, dim]), `${block}.ls2.gamma`), x])
  }
  g.output('last_hidden_state', norm(x, 'norm'), 'float32', ['batch_size', 'sequence_length', dim])
  return g.build()
}

/** x / 2 (1 + erf(x / sqrt 2)), in the operators that it is exported as. */
function gelu(g: GraphBuilder, x: Value): Value {
  const erf = g.apply('Erf', [g.apply('Div', [x, scalar(g, Math.SQRT2)])])
  return g.apply('Mul', [g.apply('Mul', [x, g.apply('Add', [erf, scalar(g, 1)])]), scalar(g, 0.5)])
}

function scalar(g: GraphBuilder, value: number): Value {
  return g.constant(tensor('float32', Float32Array.of(value), []))
}

/** Rows `first` to `first + rows` of [..][columns], as [columns][rows]. */
function columnsFirst(values: Float32Array, columns: number, rows: number, first: number): Float32Array {
  const turned = new Float32Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[(first + row) * columns + column]!
  }
  return turned
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
