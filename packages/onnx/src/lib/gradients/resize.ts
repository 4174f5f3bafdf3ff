import { tensor } from '@dinokit/core'
import type { GradientRule, GradientRules } from '../gradient-rule.ts'

/**
 * The rule of bilinear resizing, half-pixel centers, of [batch][channels][height][width] to a size known before a run:
 * y = R x C^T with a matrix for the rows and one for the columns, so dx = R^T dy C.
 */
const resize: GradientRule<'Resize'> = ({ g, dy, inputs, outputs, attributes, shape, refuse }) => {
  const { mode, coordinate_transformation_mode: coordinates = 'half_pixel' } = attributes
  if (mode !== 'linear' || coordinates !== 'half_pixel') throw refuse('only bilinear resizing with half-pixel centers has a rule')
  const [from, to] = [shape(inputs[0]!), shape(outputs[0]!)]
  if (from.length !== 4) throw refuse('only [batch][channels][height][width] has a rule')
  const matrix = (axis: number): readonly [data: Float32Array, from: number, to: number] => {
    const [short, long] = [from[axis], to[axis]]
    if (short === undefined || long === undefined) throw refuse('heights and widths must be known before a run')
    return [bilinearMatrix(short, long), short, long]
  }
  return [
    () => {
      const [rows, height, tall] = matrix(2)
      const [columns, width, wide] = matrix(3)
      const narrow = g.apply('MatMul', [dy, g.constant(tensor('float32', columns, [wide, width]))])
      const transposed = Float32Array.from({ length: rows.length }, (_, i) => rows[(i % tall) * height + Math.floor(i / tall)]!)
      return g.apply('MatMul', [g.constant(tensor('float32', transposed, [height, tall])), narrow])
    },
  ]
}

/** [to][from]: the weight of each sample in each resized one. */
function bilinearMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1)
    const low = Math.floor(at)
    const high = Math.min(low + 1, from - 1)
    matrix[i * from + low]! += 1 - (at - low)
    matrix[i * from + high]! += at - low
  }
  return matrix
}

/** Rules of resampling. */
export const RESIZE_RULES = { Resize: resize } satisfies Partial<GradientRules>
