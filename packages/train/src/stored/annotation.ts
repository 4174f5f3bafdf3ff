import { DinokitError, toSource, type Placement } from '@dinokit/core'
import { depthMeans, labelShares } from '../index.ts'

/** Annotation of every pixel of an image: the number of its class, or meters. */
export interface Annotation {
  /** [height][width] */
  readonly data: Uint8Array | Uint16Array | Float32Array
  readonly size: readonly [height: number, width: number]
}

/**
 * Refuses an annotation of another size than its image.
 *
 * @param annotation - of the image
 * @param placement - of the image
 * @param id - of the image, for the message
 * @throws DinokitError `label-invalid`
 */
export function assertAnnotationSize({ size: [height, width] }: Annotation, { source }: Placement, id: string): void {
  if (height === source.height && width === source.width) return
  throw new DinokitError(
    'label-invalid',
    `The annotation of ${id} is ${width}x${height}, and the image ${source.width}x${source.height}.`,
    {
      given: `${width}x${height}`,
      expected: `${source.width}x${source.height}`,
    },
  )
}

/**
 * The part of an annotation that the model’s input shows, to whole pixels.
 *
 * @param annotation - of the whole image
 * @param placement - where the input lies
 * @param outside - what is said of padding
 */
export function cropAnnotation({ data, size: [height, width] }: Annotation, placement: Placement, outside: number): Annotation {
  const { input } = placement
  const [left, top, right, bottom] = toSource(placement, [0, 0, input.width, input.height]).map(Math.round) as [
    number,
    number,
    number,
    number,
  ]
  if (left === 0 && top === 0 && right === width && bottom === height) return { data, size: [height, width] }
  const [rows, columns] = [bottom - top, right - left]
  const taken = new (data.constructor as Uint8ArrayConstructor)(rows * columns).fill(outside)
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    const from = y * width + Math.max(0, left)
    taken.set(data.subarray(from, y * width + Math.min(width, right)), (y - top) * columns + Math.max(0, -left))
  }
  return { data: taken, size: [rows, columns] }
}

/** Labels that count. */
export interface LabelSet {
  /** Number of classes. */
  readonly classes: number
  /** Labels that say that nothing is known. */
  readonly ignore: ReadonlySet<number>
}

/**
 * The share of each class in every patch of the input.
 *
 * @param annotation - of the whole image
 * @param placement - where the input lies
 * @param grid - rows and columns of patches
 * @param labels - classes, ignored labels
 * @returns [rows * columns][classes]
 */
export function segmentationTarget(
  annotation: Annotation,
  placement: Placement,
  grid: readonly [number, number],
  { classes, ignore }: LabelSet,
): Float32Array {
  const { data, size } = cropAnnotation(withoutIgnored(annotation, ignore), placement, UNKNOWN)
  return labelShares(data, size, grid, classes)
}

const UNKNOWN = 65_535

/**
 * A label map in which every label that says nothing is 65,535.
 *
 * @param annotation - label map
 * @param ignore - labels that say that nothing is known
 */
export function withoutIgnored({ data, size }: Annotation, ignore: ReadonlySet<number>): Annotation {
  return { data: Uint16Array.from(data, (label) => (ignore.has(label) ? UNKNOWN : label)), size }
}

/**
 * The mean depth of every patch of the input.
 *
 * @param annotation - meters of the whole image, 0 where there is no reading
 * @param placement - where the input lies
 * @param grid - rows and columns of patches
 * @returns [rows * columns] meters
 */
export function depthTarget(annotation: Annotation, placement: Placement, grid: readonly [number, number]): Float32Array {
  const { data, size } = cropAnnotation(annotation, placement, 0)
  return depthMeans(data, size, grid)
}

/**
 * Refuses a label map that says nothing, or names a class that there is not.
 *
 * @param annotation - of the image
 * @param id - of the image, for the message
 * @param labels - classes, ignored labels
 * @returns the classes that occur
 * @throws DinokitError `label-invalid`
 */
export function assertLabels({ data }: Annotation, id: string, { classes, ignore }: LabelSet): Set<number> {
  const found = new Set(data)
  for (const label of ignore) found.delete(label)
  const beyond = [...found].find((label) => label >= classes)
  if (beyond !== undefined) {
    throw new DinokitError('label-invalid', `The label map of ${id} has the label ${beyond}.`, {
      given: String(beyond),
      expected: `labels from 0 to ${classes - 1}, or ${[...ignore].join(', ')} where nothing is known`,
      hint: 'Name more classes, or ignore that label.',
    })
  }
  if (found.size > 0) return found
  throw new DinokitError('label-invalid', `Every pixel of the label map of ${id} is ignored.`, {
    given: `only ${[...ignore].join(', ')}`,
    expected: 'labels of classes',
  })
}

/**
 * Refuses a depth map without readings.
 *
 * @param annotation - meters
 * @param id - of the image, for the message
 * @returns the nearest and the farthest reading
 * @throws DinokitError `label-invalid`
 */
export function assertReadings({ data }: Annotation, id: string): readonly [near: number, far: number] {
  let [near, far] = [Infinity, 0]
  for (const meters of data) {
    if (!(meters > 0)) continue
    if (meters < near) near = meters
    if (meters > far) far = meters
  }
  if (far > 0) return [near, far]
  throw new DinokitError('label-invalid', `The depth map of ${id} has no reading.`, { given: 'zeros', expected: 'meters above 0' })
}
