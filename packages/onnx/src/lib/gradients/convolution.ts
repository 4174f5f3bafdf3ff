import type { Value } from '../../graph.ts'
import type { BackwardStep, GradientRule, GradientRules } from '../gradient-rule.ts'

/** The rule of a convolution: [batch][channels][height][width], weight [out][in][rows][columns]. */
const conv: GradientRule<'Conv'> = (step) => {
  const { g, dy, inputs, attributes, shape, refuse } = step
  const [x, weight] = inputs as [Value, Value]
  const { strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0], group = 1 } = attributes
  if (shape(x).length !== 4) throw refuse('only two-dimensional convolutions have a rule')
  if (group !== 1 || strides.some((stride) => stride !== 1)) throw refuse('only one group and strides of 1 have a rule')
  return [
    () => g.apply('ConvTranspose', [dy, weight], { strides, dilations, pads }),
    () => weightGradient(step, pads, dilations),
    () => g.apply('ReduceSum', [dy, g.integers(0, 2, 3)], { keepdims: 0 }),
  ]
}

/**
 * One matrix product for each place of the kernel, over all pixels at once. A convolution with `dy` as its kernel would
 * be shorter to write, and is several times slower: engines unfold it into products that are thin.
 */
function weightGradient(
  { g, dy, inputs, shape, refuse }: BackwardStep<'Conv'>,
  [top, left, bottom, right]: readonly number[],
  [down, across]: readonly number[],
): Value {
  const [x, weight] = inputs as [Value, Value]
  const [out, input, rows, columns] = shape(weight)
  if (out === undefined || input === undefined || rows === undefined || columns === undefined)
    throw refuse('its kernel’s size is not known')
  const channelsFirst = (value: Value, channels: number): Value =>
    g.apply('Reshape', [g.apply('Transpose', [value], { perm: [1, 0, 2, 3] }), g.integers(channels, -1)])
  const gradient = channelsFirst(dy, out)
  const pads = [0, 0, top!, left!, 0, 0, bottom!, right!]
  const padded = pads.some(Boolean) ? g.apply('Pad', [x, g.integers(...pads)]) : x
  const lengths = g.apply('Shape', [dy], { start: 2 })
  const places = Array.from({ length: rows * columns }, (_, index) => [Math.floor(index / columns) * down!, (index % columns) * across!])
  const products = places.map((place) => {
    const start = g.integers(...place)
    const under =
      rows * columns === 1 && padded === x ? x : g.apply('Slice', [padded, start, g.apply('Add', [start, lengths]), g.integers(2, 3)])
    return g.apply('Gemm', [gradient, channelsFirst(under, input)], { transB: 1 })
  })
  const stacked =
    products.length === 1
      ? products[0]!
      : g.apply(
          'Concat',
          products.map((product) => g.apply('Unsqueeze', [product, g.integers(-1)])),
          { axis: -1 },
        )
  return g.apply('Reshape', [stacked, g.integers(out, input, rows, columns)])
}

/** Rules of convolutions. */
export const CONVOLUTION_RULES = { Conv: conv } satisfies Partial<GradientRules>
