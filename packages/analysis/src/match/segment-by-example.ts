import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { productsOf } from '@dinokit/core/vectors'
import { unitTokens } from '../lib/unit-tokens.ts'
import { prototypesOf } from './prototypes-of.ts'

/** Patches of one kind in examples. */
export interface Examples {
  /** [patches][dim] of the thing, of all examples: of `maskedTokens`. */
  readonly inside: Tensor
  /** [patches][dim] of what is not the thing. */
  readonly outside: Tensor
}

/** Options of {@link segmentByExample}. */
export interface ByExampleOptions {
  /** Prototypes of the thing. Default 8. */
  readonly inside?: number
  /** Prototypes of what is not the thing. Default 32. */
  readonly outside?: number
  /** Least cosine similarity to a prototype of the thing: images that do not show it have patches nearer to it than to the rest, too. Default 0.5. */
  readonly least?: number
}

/**
 * Finds in an image what examples show, without training: patches nearer to a prototype of the thing than to any of the rest. Prototypes
 * are the means of groups of the examples' patches, by k-means from starts that lie far apart.
 *
 * @param grid - [rows][columns][dim] of the image
 * @param examples - patches of the thing, and of the rest, of the same model
 * @param options - numbers of prototypes
 * @returns [rows][columns]: cosine similarity to the nearest prototype of the thing, less that to the nearest of the rest, or less
 *   `least` where that is more; above 0 it is the thing
 * @throws DinokitError `label-invalid` where no patch of the examples is of the thing, or none is not; `tensor-invalid`
 */
export function segmentByExample(grid: Tensor, examples: Examples, options: ByExampleOptions = {}): Tensor {
  assertExamples(grid, examples)
  const [rows, columns, dim] = grid.shape as [number, number, number]
  const { least = 0.5 } = options
  const tokens = unitTokens(grid)
  const near = (examples: Tensor, count: number): Float64Array => {
    const prototypes = prototypesOf(unitTokens(examples), dim, count)
    const products = productsOf(tokens, prototypes, dim)
    const each = prototypes.length / dim
    return Float64Array.from({ length: rows * columns }, (_, patch) =>
      products.subarray(patch * each, (patch + 1) * each).reduce((a, b) => Math.max(a, b), -Infinity),
    )
  }
  const inside = near(examples.inside, options.inside ?? 8)
  const outside = near(examples.outside, options.outside ?? 32)
  return tensor(
    'float32',
    Float32Array.from(inside, (value, patch) => value - Math.max(least, outside[patch]!)),
    [rows, columns],
  )
}

/** Refuses examples that are of another model than the image, or of one kind alone. */
export function assertExamples(grid: Tensor, examples: Examples): void {
  const kinds = [examples.inside, examples.outside]
  if (grid.shape.length !== 3 || kinds.some(({ shape }) => shape.at(-1) !== grid.shape[2])) {
    throw new DinokitError('tensor-invalid', 'The examples are of another model than the image.', {
      given: [grid, ...kinds].map(({ shape }) => `[${shape.join('][')}]`).join(', '),
      expected: '[rows][columns][dim], and [patches][dim] twice',
    })
  }
  if (kinds.every(({ data }) => data.length > 0)) return
  throw new DinokitError('label-invalid', 'The examples show one thing alone.', {
    given: `${examples.inside.shape[0]!} patches of the thing, ${examples.outside.shape[0]!} of the rest`,
    expected: 'at least one of each',
    hint: 'Give a mask that covers a part of the example.',
  })
}
