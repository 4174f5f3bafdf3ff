import { DinokitError, tensor, type PixelMap, type Tensor } from '@dinokit/core'

/** Options of {@link pointCloud}. */
export interface PointCloudOptions {
  /** Focal length in pixels of the source image. Default: assumed, see {@link PointCloud.assumed}. */
  readonly focalLength?: number
  /** Take every n-th pixel of every n-th row. Default 1. */
  readonly step?: number
}

/** Points in front of the camera. */
export interface PointCloud {
  /** [points][3]: meters to the right, down, and ahead of the camera. */
  readonly points: Tensor
  /** Source pixel of each point, row * width + column: to color it by. */
  readonly pixels: Uint32Array
  /** In pixels. */
  readonly focalLength: number
  /** Whether the focal length was assumed: shapes are then only roughly right. */
  readonly assumed: boolean
}

/** Focal length of the Kinect that NYU Depth was taken with, in widths of the image: a view of 63 degrees. */
const ASSUMED_FOCAL_LENGTH = 0.81

/**
 * Depth as points in space, by a pinhole camera whose axis goes through the center of the image. Pixels of unknown depth
 * give none.
 *
 * @param meters - [height][width]
 * @param options - focal length, step
 * @throws DinokitError `invalid-option`
 */
export function pointCloud(meters: PixelMap, options: PointCloudOptions = {}): PointCloud {
  if (meters.unit !== 'm') {
    throw new DinokitError('invalid-option', `Points in space need meters, and the map is of ${meters.unit}.`, {
      given: meters.unit,
      expected: 'm: the map of an answer whose unit is meters',
    })
  }
  const [height, width] = meters.shape
  const { focalLength = ASSUMED_FOCAL_LENGTH * Math.max(width, height), step = 1 } = options
  if (!(focalLength > 0) || !Number.isInteger(step) || step < 1) {
    throw new DinokitError('invalid-option', `The focal length is ${focalLength}, the step ${step}.`, {
      expected: 'a focal length above 0, in pixels; a whole step of at least 1',
    })
  }
  const coordinates: number[] = []
  const pixels: number[] = []
  for (let row = 0; row < height; row += step) {
    for (let column = 0; column < width; column += step) {
      const z = meters.data[row * width + column]!
      if (z === meters.unknown) continue
      coordinates.push(((column + 0.5 - width / 2) * z) / focalLength, ((row + 0.5 - height / 2) * z) / focalLength, z)
      pixels.push(row * width + column)
    }
  }
  return {
    points: tensor('float32', Float32Array.from(coordinates), [pixels.length, 3]),
    pixels: Uint32Array.from(pixels),
    focalLength,
    assumed: options.focalLength === undefined,
  }
}
