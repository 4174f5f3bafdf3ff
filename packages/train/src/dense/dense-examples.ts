import { DinokitError, type Tensor } from '@dinokit/core'

/** Patch tokens with what is known of each patch: where a dense head’s examples come from. */
export interface DenseExamples {
  readonly count: number
  /** Rows and columns of patches of every image. */
  readonly grid: readonly [rows: number, columns: number]
  /** Width of a patch: of all its layers together. */
  readonly channels: number
  /** The examples of these numbers, in this order. */
  read(indices: readonly number[]): DenseBatch | Promise<DenseBatch>
}

/** Some examples. */
export interface DenseBatch {
  /** [images][rows * columns][channels] */
  readonly tokens: Tensor | Tensor<'float16'>
  /**
   * [images][rows * columns][width]: for classes, the share of each in the patch, all zeros where nothing is known; for
   * depth, meters, 0 where there is no reading (width 1).
   */
  readonly targets: Tensor
}

/**
 * The share of each class in every patch of a label map; zeros where all of a patch is unknown.
 *
 * @param labels - [height][width]
 * @param size - height and width of the label map
 * @param grid - rows and columns of patches
 * @param classes - how many there are; other labels are unknown
 * @returns [rows * columns][classes]
 * @throws DinokitError `tensor-invalid` where the map is smaller than the grid, or not of its size
 */
export function labelShares(
  labels: ArrayLike<number>,
  size: readonly [height: number, width: number],
  grid: readonly [rows: number, columns: number],
  classes: number,
): Float32Array {
  const shares = new Float32Array(grid[0] * grid[1] * classes)
  const counts = new Float32Array(grid[0] * grid[1])
  eachPixel(labels.length, size, grid, (pixel, patch) => {
    const label = labels[pixel]!
    if (label >= classes) return
    shares[patch * classes + label]!++
    counts[patch]!++
  })
  return shares.map((count, index) => (count === 0 ? 0 : count / counts[Math.floor(index / classes)]!))
}

/**
 * The mean of a depth map in every patch; 0 where it has no reading.
 *
 * @param meters - [height][width], 0 where there is no reading
 * @param size - height and width of the map
 * @param grid - rows and columns of patches
 * @returns [rows * columns]
 * @throws DinokitError `tensor-invalid` where the map is smaller than the grid, or not of its size
 */
export function depthMeans(
  meters: ArrayLike<number>,
  size: readonly [height: number, width: number],
  grid: readonly [rows: number, columns: number],
): Float32Array {
  const sums = new Float32Array(grid[0] * grid[1])
  const counts = new Float32Array(sums.length)
  eachPixel(meters.length, size, grid, (pixel, patch) => {
    if (!(meters[pixel]! > 0)) return
    sums[patch]! += meters[pixel]!
    counts[patch]!++
  })
  return sums.map((sum, patch) => (sum === 0 ? 0 : sum / counts[patch]!))
}

function eachPixel(
  length: number,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  visit: (pixel: number, patch: number) => void,
): void {
  if (length !== height * width || height < rows || width < columns) {
    throw new DinokitError('tensor-invalid', `An annotation of ${width}x${height} does not fit ${columns}x${rows} patches.`, {
      given: `${length} pixels`,
      expected: `${height * width} pixels, at least one for each patch`,
    })
  }
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns
    for (let x = 0; x < width; x++) visit(y * width + x, row + Math.floor((x * columns) / width))
  }
}
