import type { Region, Size, Tensor } from '@dinokit/core'

/** Objects that were found in an image. */
export interface FoundObjects {
  /** The image, as it was given. */
  readonly source: string
  readonly size: Size
  readonly objects: readonly { readonly mask: Tensor<'bool'>; readonly box: Region; readonly area: number; readonly score: number }[]
}

/** Writes what was found as COCO: boxes, and masks as uncompressed run lengths, column by column. */
function cocoFile(found: readonly FoundObjects[]): string {
  // Not spread: a mask may be made when it is asked for.
  const annotations = found.flatMap(({ objects }, image) => objects.map((object) => ({ object, image: image + 1 })))
  return JSON.stringify({
    images: found.map(({ source, size }, index) => ({ id: index + 1, file_name: source, width: size.width, height: size.height })),
    categories: [{ id: 1, name: 'object' }],
    annotations: annotations.map(({ image, object: { mask, box, area, score } }, index) => ({
      id: index + 1,
      image_id: image,
      category_id: 1,
      iscrowd: 0,
      bbox: [box.left, box.top, box.width, box.height],
      area,
      score,
      segmentation: { size: mask.shape, counts: runLengths(mask, box) },
    })),
  })
}

/**
 * Writes what was found as GeoJSON: a feature for each object, whose outline is in the image's pixels, x to the right and y down from the
 * top left, not in degrees.
 */
export async function geoJsonFile(found: readonly FoundObjects[]): Promise<string> {
  const { contours } = await import('d3-contour')
  return JSON.stringify({
    type: 'FeatureCollection',
    features: found.flatMap(({ source, size, objects }) =>
      objects.map(({ mask, box, area, score }) => {
        // Within the box alone: its share of a large image may be small.
        const { type, coordinates } = contours()
          .size([box.width, box.height])
          .smooth(false)
          .contour(insideOf(mask, box) as unknown as number[], 0.5)
        const moved = coordinates.map((polygon) => polygon.map((ring) => ring.map(([x = 0, y = 0]) => [x + box.left, y + box.top])))
        return {
          type: 'Feature',
          bbox: [box.left, box.top, box.left + box.width, box.top + box.height],
          properties: { image: source, width: size.width, height: size.height, units: 'pixels', area, score },
          geometry: { type, coordinates: moved },
        }
      }),
    ),
  })
}

/** Pixels of a mask inside a box. */
function insideOf({ data, shape }: Tensor<'bool'>, { left, top, width, height }: Region): Uint8Array {
  const inside = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = (top + y) * shape[1]! + left
    inside.set(data.subarray(from, from + width), y * width)
  }
  return inside
}

/** Writes what was found in the format that the file's name ends with: `.csv`, `.geojson`, or else COCO. */
export async function foundFile(path: string, found: readonly FoundObjects[]): Promise<string> {
  if (/\.csv$/i.test(path)) return csvFile(found)
  return /\.geojson$/i.test(path) ? geoJsonFile(found) : cocoFile(found)
}

/** Writes what was found as a table, a line an object. */
export function csvFile(found: readonly FoundObjects[]): string {
  const lines = found.flatMap(({ source, objects }) =>
    objects.map(({ box, area, score }) => [quoted(source), box.left, box.top, box.width, box.height, area, score.toFixed(4)].join(',')),
  )
  return ['image,left,top,width,height,area,score', ...lines, ''].join('\n')
}

/**
 * Lengths of runs of zeros and ones in turn, column by column; the first is of zeros.
 *
 * @param mask - [height][width]
 * @param box - outside of which there are zeros alone: no more is looked at
 */
export function runLengths({ data, shape }: Tensor<'bool'>, box: Region): number[] {
  const [height, width] = shape as [number, number]
  const counts: number[] = []
  let [value, since] = [0, 0]
  const at = (place: number, next: number): void => {
    if (next === value) return
    counts.push(place - since)
    ;[value, since] = [next, place]
  }
  for (let x = box.left; x < box.left + box.width; x++) {
    for (let y = box.top; y < box.top + box.height; y++) at(x * height + y, data[y * width + x]!)
    if (box.height < height) at(x * height + box.top + box.height, 0)
  }
  at((box.left + box.width) * height, 0)
  const rest = height * width - since
  return rest > 0 ? [...counts, rest] : counts
}

/** Quotes a field of a table, where it needs it. */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
