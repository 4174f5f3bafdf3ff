/** Metrics of label maps. */
export interface SegmentationMetrics {
  /** Share of pixels whose class is right. */
  readonly pixelAccuracy: number
  /** Mean of intersection over union, over the classes that occur. */
  readonly miou: number
  /** Intersection over union of each class; undefined where it does not occur. */
  readonly iou: readonly (number | undefined)[]
}

/** Counts label maps as they come. */
export interface SegmentationCounter {
  /** Adds an image: predicted and true class of each pixel; other labels are unknown. */
  add(predicted: ArrayLike<number>, labels: ArrayLike<number>): void
  metrics(): SegmentationMetrics
}

/**
 * Starts counting.
 *
 * @param classes - how many there are; labels beyond are ignored
 */
export function countSegmentation(classes: number): SegmentationCounter {
  const confusion = new Float64Array(classes * classes)
  return {
    add(predicted, labels) {
      for (let i = 0; i < labels.length; i++) if (labels[i]! < classes) confusion[labels[i]! * classes + predicted[i]!]!++
    },
    metrics() {
      const sum = (indices: (i: number) => number): number => {
        let count = 0
        for (let i = 0; i < classes; i++) count += confusion[indices(i)]!
        return count
      }
      const all = confusion.reduce((total, count) => total + count, 0)
      const right = sum((c) => c * classes + c)
      const iou = Array.from({ length: classes }, (_, c) => {
        const labeled = sum((i) => c * classes + i)
        if (labeled === 0) return undefined
        const hit = confusion[c * classes + c]!
        return hit / (labeled + sum((i) => i * classes + c) - hit)
      })
      const known = iou.filter((value) => value !== undefined)
      return { pixelAccuracy: right / all, miou: known.reduce((total, value) => total + value, 0) / known.length, iou }
    },
  }
}

/** Metrics of depth maps: of each image, then the mean over images (arXiv 1406.2283). */
export interface DepthMetrics {
  /** Mean of |predicted - true| / true. */
  readonly absRel: number
  /** Root of the mean square error, in meters. */
  readonly rmse: number
  /** Share of pixels within a factor of 1.25. */
  readonly delta1: number
}

/** Gathers depth maps as they come. */
export interface DepthCounter {
  /** Adds an image: predicted and true meters of each pixel; 0 or less is no reading. */
  add(predicted: ArrayLike<number>, meters: ArrayLike<number>): void
  metrics(): DepthMetrics
}

/** Starts gathering. */
export function countDepth(): DepthCounter {
  const images: DepthMetrics[] = []
  return {
    add(predicted, meters) {
      let [relative, square, within, count] = [0, 0, 0, 0]
      for (let i = 0; i < meters.length; i++) {
        const truth = meters[i]!
        if (!(truth > 0)) continue
        const guess = predicted[i]!
        relative += Math.abs(guess - truth) / truth
        square += (guess - truth) ** 2
        within += Number(Math.max(guess / truth, truth / guess) < 1.25)
        count++
      }
      if (count > 0) images.push({ absRel: relative / count, rmse: Math.sqrt(square / count), delta1: within / count })
    },
    metrics() {
      const mean = (part: (of: DepthMetrics) => number): number => images.reduce((sum, of) => sum + part(of), 0) / images.length
      return { absRel: mean((of) => of.absRel), rmse: mean((of) => of.rmse), delta1: mean((of) => of.delta1) }
    },
  }
}

/**
 * Enlarges a map of patches bilinearly, half-pixel centers (PyTorch's `align_corners=False`).
 *
 * @param map - [rows * columns][channels]
 * @param grid - rows and columns
 * @param size - wanted height and width
 * @returns [height * width][channels]
 */
export function enlargeRows(
  map: Float32Array,
  grid: readonly [rows: number, columns: number],
  size: readonly [height: number, width: number],
): Float32Array {
  const channels = map.length / (grid[0] * grid[1])
  const result = new Float32Array(size[0] * size[1] * channels)
  const [ys, xs] = [samples(grid[0], size[0]), samples(grid[1], size[1])]
  const line = new Float32Array(grid[1] * channels)
  ys.forEach(([top, bottom, down], y) => {
    const [above, below] = [top * line.length, bottom * line.length]
    for (let i = 0; i < line.length; i++) line[i] = map[above + i]! * (1 - down) + map[below + i]! * down
    xs.forEach(([left, right, across], x) => {
      const to = (y * size[1] + x) * channels
      const [from, next] = [left * channels, right * channels]
      for (let c = 0; c < channels; c++) result[to + c] = line[from + c]! * (1 - across) + line[next + c]! * across
    })
  })
  return result
}

function samples(from: number, to: number): [low: number, high: number, part: number][] {
  return Array.from({ length: to }, (_, index) => {
    const at = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1)
    const low = Math.floor(at)
    return [low, Math.min(low + 1, from - 1), at - low]
  })
}

/**
 * The largest channel of each row.
 *
 * @param map - [rows][channels]
 * @param channels - how many
 */
export function largestChannels(map: Float32Array, channels: number): Uint8Array {
  const result = new Uint8Array(map.length / channels)
  for (let row = 0; row < result.length; row++) {
    let best = 0
    for (let c = 1; c < channels; c++) if (map[row * channels + c]! > map[row * channels + best]!) best = c
    result[row] = best
  }
  return result
}
