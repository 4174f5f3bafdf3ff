import { labelsOf, type QueueImage } from '../plan/queue-image.ts'

/** Version of what jobs carry. A worker of an earlier one refuses jobs of a later one. */
export const JOB_VERSION = 1

/** Keys of images, never pixels. A job is named `shard`, or `image` where it is for one that has failed in a shard. */
export interface ShardJob {
  readonly version: number
  /** Identity of the store that it is for: see `storeId`. */
  readonly store: string
  /** Folder that was named, where there is one: a worker that lacks it stops. */
  readonly root?: string
  /** The start of all sources, and of all ids. */
  readonly source: string
  readonly id: string
  readonly images: readonly PackedImage[]
}

/** An image: the rest of its source, where the rest of the id is the same and there are no labels; else all of it. */
type PackedImage =
  | string
  | {
      readonly source: string
      readonly id: string
      readonly label?: string
      readonly annotation?: string
      readonly split?: string
    }

/** Packs images into a job; what else their objects hold is left out. */
export function packImages(store: string, images: readonly QueueImage[], root?: string): ShardJob {
  const source = commonStart(images.map((image) => image.source))
  const id = commonStart(images.map((image) => image.id))
  return {
    version: JOB_VERSION,
    store,
    ...(root !== undefined && { root }),
    source,
    id,
    images: images.map((image) => {
      const { source: from, id: name, ...labels } = labelsOf(image)
      const [rest, own] = [from.slice(source.length), name.slice(id.length)]
      return rest === own && Object.keys(labels).length === 0 ? rest : { source: rest, id: own, ...labels }
    }),
  }
}

/** Images of a job. */
export function unpackImages({ source, id, images }: ShardJob): QueueImage[] {
  return images.map((image) =>
    typeof image === 'string' ? { source: source + image, id: id + image } : { ...image, source: source + image.source, id: id + image.id },
  )
}

/** The start that all texts have; of one text, nothing of its last part. */
function commonStart(texts: readonly string[]): string {
  const [first = '', ...others] = texts
  let length = first.lastIndexOf('/') + 1
  for (const text of others) while (!text.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
