import { mapPage, MOST_POINTS, type CurateOptions, type MappedRow, type StoreMap } from '@dinokit/curate'
import { MOST_THUMBNAILS, thumbnailSheets } from '../../draw/thumbnail-sheets.ts'
import { evenly } from './evenly.ts'

/** A map, and what its page says beside it. */
export interface DrawnMap {
  readonly title: string
  /** A sentence that says how the map was made. */
  readonly about: string
  readonly map: StoreMap
  /** Number of the cluster of each row, by its id. */
  readonly clusterOf: ReadonlyMap<string, number>
}

/** Draws a map as a page, with thumbnails of its images. */
export async function drawMap(
  { title, about, map, clusterOf }: DrawnMap,
  { onProgress, signal }: Required<CurateOptions>,
): Promise<string> {
  const rows = evenly(map.rows, MOST_POINTS)
  const some = evenly(rows, MOST_THUMBNAILS)
  const { sheets, thumbnails } = await thumbnailSheets(
    some.map(({ row }) => row.source),
    { onProgress, signal },
  )
  const placeOf = new Map(some.map((mapped, place) => [mapped, thumbnails[place]]))
  const missing = thumbnails.filter((thumbnail) => thumbnail === undefined).length
  const notes = [
    about,
    rows.length < map.rows.length ? `${rows.length} of them are shown.` : '',
    some.length < rows.length ? `${some.length} have a thumbnail.` : '',
    missing > 0 ? `${missing} images could not be read.` : '',
  ]
  return mapPage({
    title,
    about: notes.filter(Boolean).join(' '),
    sheets,
    points: rows.map((mapped: MappedRow) => {
      const { row, x, y } = mapped
      const [thumbnail, cluster] = [placeOf.get(mapped), clusterOf.get(row.id)]
      return {
        name: row.id,
        x,
        y,
        ...(thumbnail !== undefined && { thumbnail }),
        values: { label: row.label, cluster: cluster === undefined ? undefined : String(cluster), split: row.split },
      }
    }),
  })
}
