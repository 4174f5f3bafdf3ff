import { fillStore, layoutFor, type Store } from '@dinokit/store'
import { openLanceStore } from '@dinokit/store-node'
import { surveyAnnotations, type AnnotatedRow, type Annotation } from '@dinokit/train/stored'
import { imagesIn, type ImageSource, type Vision } from 'dinokit'
import { basename } from 'node:path'
import sharp from 'sharp'

/** The images’ size as the model sees them. */
export const INPUT = { width: 448, height: 336 } as const
/** Layers whose patches the heads read. */
export const LAYERS = [3, 6, 9, 12] as const
/** Classes of NYU40 that are known; label 39 is another or none. */
export const CLASSES = 39
/** Labels that say nothing of a pixel. */
export const IGNORED: readonly number[] = [CLASSES, 255]
/** Meters of one step of an 8-bit depth image. */
const METERS = 1 / 25.5

/** A split of NYUv2: a store of its patches, and its annotations. */
export interface NyuSplit {
  readonly store: Store
  readonly annotation: (row: AnnotatedRow) => Promise<Annotation>
  /** Rows in the order of their names, which decides what a training sees when. */
  readonly rows: readonly AnnotatedRow[]
}

/**
 * Embeds a split, where an earlier run has not, and finds its annotations.
 *
 * @param vision - the model
 * @param folder - with images, label40 and depth8
 * @param options - the head’s task; the folder of the store, made where it is absent
 */
export async function openNyu(
  vision: Vision<ImageSource>,
  folder: string,
  { task, path }: { readonly task: 'segmentation' | 'depth'; readonly path: string },
): Promise<NyuSplit> {
  const store = await openLanceStore(path, {
    layout: layoutFor(vision, { size: INPUT, layers: LAYERS.slice(0, -1), patches: true, dtype: 'float16' }),
  })
  for await (const { error } of fillStore(vision, store, imagesIn(`${folder}/images`))) if (error) throw error
  const annotation = async ({ id }: AnnotatedRow): Promise<Annotation> => {
    const name = basename(id).replace(/\.\w+$/, '')
    const { data, size } = await readImage(`${folder}/${task === 'depth' ? 'depth8' : 'label40'}/${name}.png`)
    return { data: task === 'depth' ? Float32Array.from(data, (value) => value * METERS) : data, size }
  }
  const { rows } = await surveyAnnotations(store, { task, annotation, classes: CLASSES, ignore: IGNORED })
  return { store, annotation, rows: rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** Reads an 8-bit image of one channel as it is. */
async function readImage(path: string): Promise<{ readonly data: Uint8Array; readonly size: Annotation['size'] }> {
  const { data, info } = await sharp(path, { ignoreIcc: true }).extractChannel(0).raw().toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data), size: [info.height, info.width] }
}
