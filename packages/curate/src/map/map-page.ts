import { DinokitError } from '@dinokit/core'
import { MAP_PAGE } from './map-page.generated.ts'

/** An image on the page of a map. */
export interface MapPoint {
  /** Name for people, such as the id of a row. */
  readonly name: string
  readonly x: number
  readonly y: number
  /** Place of its thumbnail among all on the sheets, from 0; left out where it has none. */
  readonly thumbnail?: number
  /** Values by which images are colored, such as `label` and `cluster`. */
  readonly values?: Readonly<Record<string, string | undefined>>
}

/** Thumbnails of a map, on sheets of equal squares. */
export interface MapSheets {
  /** Side of a thumbnail, in pixels. */
  readonly side: number
  /** Thumbnails of a row of a sheet, and of a column. */
  readonly columns: number
  /** Addresses of the sheets, `data:image/...`, the first thumbnails first. */
  readonly addresses: readonly string[]
}

/** Contents of {@link mapPage}. */
export interface MapPage {
  readonly title: string
  /** A sentence that says how the map was made. */
  readonly about: string
  readonly points: readonly MapPoint[]
  readonly sheets?: MapSheets
}

/** Most points of a page: it stays fast with so many. */
export const MOST_POINTS = 100_000

/**
 * Writes a map as a page that stands alone: it moves and zooms, shows thumbnails and names, and colors images by their values. It works
 * from a file, and asks for nothing from any network.
 *
 * @param page - its title, points and thumbnails
 * @returns HTML
 * @throws DinokitError `invalid-option` for more points than 100,000, or a place that is not finite
 */
export function mapPage({ title, about, points, sheets }: MapPage): string {
  const wrong = points.find(({ x, y }) => !Number.isFinite(x) || !Number.isFinite(y))
  if (points.length > MOST_POINTS || wrong)
    throw new DinokitError('invalid-option', wrong ? `${wrong.name} has no place.` : `A page can’t show ${points.length} points.`, {
      given: wrong ? `${wrong.x}, ${wrong.y}` : String(points.length),
      expected: wrong ? 'two finite numbers' : `at most ${MOST_POINTS}`,
    })
  const names = [...new Set(points.flatMap(({ values = {} }) => Object.keys(values).filter((name) => values[name] !== undefined)))]
  const data = {
    title,
    about,
    ids: points.map(({ name }) => name),
    places: base64(quantized(points)),
    thumbnails: base64(Int32Array.from(points, ({ thumbnail = -1 }) => thumbnail)),
    side: sheets?.side ?? 1,
    columns: sheets?.columns ?? 1,
    sheets: sheets?.addresses ?? [],
    colorings: names.map((name) => coloringOf(name, points)),
  }
  // A name may say </script>.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return MAP_PAGE.replace('/* data */', () => json)
}

function coloringOf(name: string, points: readonly MapPoint[]): object {
  const numbers = new Map<string, number>()
  const of = Int32Array.from(points, ({ values }) => {
    const value = values?.[name]
    if (value === undefined) return -1
    if (!numbers.has(value)) numbers.set(value, numbers.size)
    return numbers.get(value)!
  })
  return { name, values: [...numbers.keys()], of: base64(of) }
}

/** Places from 0 to 65,535, one scale for both directions, y downward. */
function quantized(points: readonly MapPoint[]): Uint16Array {
  const [left, right, bottom, top] = [rangeOf(points, 'x'), rangeOf(points, 'y')].flat() as [number, number, number, number]
  const scale = 65_535 / (Math.max(right - left, top - bottom) || 1)
  const result = new Uint16Array(2 * points.length)
  points.forEach(({ x, y }, place) => {
    result[2 * place] = Math.round((x - left) * scale)
    result[2 * place + 1] = Math.round((top - y) * scale)
  })
  return result
}

function rangeOf(points: readonly MapPoint[], axis: 'x' | 'y'): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const point of points) {
    least = Math.min(least, point[axis])
    most = Math.max(most, point[axis])
  }
  return [least, most]
}

/** Numbers in the order of bytes of nearly all machines, the lowest first, as text. */
function base64({ buffer }: Uint16Array | Int32Array): string {
  const bytes = new Uint8Array(buffer)
  let text = ''
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192))
  return btoa(text)
}
