import type { Placement } from '@dinokit/core'

/** Where the pixels of one axis of the source image lie on a grid that covers the model's input. */
export interface GridAxis {
  /** First pixel of the source that the model saw. */
  readonly start: number
  /** One past the last. */
  readonly end: number
  /** Lower cell of each pixel seen: the cell of the grid to the left of its center. */
  readonly lower: Int32Array
  /** The cell to the right; the same at the edges. */
  readonly upper: Int32Array
  /** Position between the two, 0 to 1. */
  readonly fraction: Float32Array
}

/**
 * Undoes a placement: where each pixel of the source lies on a grid over the model's input, straight from the grid to the source image.
 * By default with half-pixel centers, clamped at the edges: PyTorch's bilinear with `align_corners=False`.
 *
 * @param placement - of the image
 * @param grid - rows and columns of the grid
 * @param corners - whether the corner pixels lie on the corner cells: PyTorch's `align_corners=True`. Default false
 */
export function gridAxes(
  placement: Placement,
  grid: readonly [rows: number, columns: number],
  corners = false,
): { readonly x: GridAxis; readonly y: GridAxis } {
  const { source, resized, left, top, input } = placement
  return {
    x: axisOf({ source: source.width, resized: resized.width, offset: left, input: input.width, corners }, grid[1]),
    y: axisOf({ source: source.height, resized: resized.height, offset: top, input: input.height, corners }, grid[0]),
  }
}

/** One axis of a {@link Placement}: lengths in pixels, and where the input begins. */
interface PlacedAxis {
  readonly source: number
  readonly resized: number
  readonly offset: number
  readonly input: number
  readonly corners: boolean
}

function axisOf({ source, resized, offset, input, corners }: PlacedAxis, cells: number): GridAxis {
  const scale = resized / source
  const seen = (pixel: number): boolean => {
    const at = (pixel + 0.5) * scale - offset
    return at >= 0 && at <= input
  }
  const [step, between] = corners ? [(resized - 1) / Math.max(source - 1, 1), (cells - 1) / Math.max(input - 1, 1)] : [scale, cells / input]
  const place = (pixel: number): number => (corners ? (pixel * step - offset) * between : ((pixel + 0.5) * step - offset) * between - 0.5)
  let start = 0
  while (start < source && !seen(start)) start++
  let end = source
  while (end > start && !seen(end - 1)) end--
  const [lower, upper, fraction] = [new Int32Array(end - start), new Int32Array(end - start), new Float32Array(end - start)]
  for (let i = 0; i < lower.length; i++) {
    const at = Math.max(place(start + i), 0)
    lower[i] = Math.min(Math.floor(at), cells - 1)
    upper[i] = Math.min(lower[i]! + 1, cells - 1)
    fraction[i] = Math.min(at - lower[i]!, 1)
  }
  return { start, end, lower, upper, fraction }
}
