import type { DinokitError } from '@dinokit/core'
import type { Store } from '@dinokit/store'
import type { AnnotatedRow, DenseTask, RowAnnotations, Survey } from '@dinokit/train/stored'
import { DEPTH_SCALE, IGNORED, type AnnotationOptions } from '../options/annotation-options.ts'
import type { Output } from '../output/console-output.ts'
import { findAnnotations } from './find-annotations.ts'
import { readDepthMap, readLabelMap } from './read-annotation.ts'

/** The annotations of a store’s rows, in files, and what is said of those that are left out. */
export interface AnnotationsInFiles extends Required<RowAnnotations> {
  /** Notes how many images have no annotation. */
  readonly onSurvey: (survey: Survey, split: string | undefined) => void
  /** Counts annotations without an image, and surveyed images without an annotation: for the summary. */
  readonly leftOut: () => Readonly<Record<string, number>>
}

/** Opens the annotations of a store’s rows, and notes how many belong to no image of it. */
export async function openAnnotations(
  store: Store,
  task: DenseTask,
  { annotations, ignore = [IGNORED], depthScale = DEPTH_SCALE }: AnnotationOptions,
  output: Output,
): Promise<AnnotationsInFiles> {
  const files = await findAnnotations(annotations)
  const unused = annotations ? files.unused(await idsOf(store)) : []
  if (unused.length > 0)
    output.note(`${unused.length} of ${files.count} annotations belong to no image of ${store.name}, such as ${unused[0]}.`)
  let unannotated = 0
  return {
    ignore,
    async annotation(row) {
      const path = files.of(row)
      if (path === undefined) return undefined
      return task === 'depth' ? readDepthMap(path, depthScale) : readLabelMap(path)
    },
    onRefused: ({ id }, error: DinokitError) => output.failure(id, error),
    onSurvey({ looked, unannotated: bare }, split) {
      output.end()
      unannotated += bare
      const of = split === undefined ? '' : ` of the split ${split}`
      if (bare > 0) output.note(`${bare} of ${looked} images${of} have no annotation and are left out.`)
    },
    leftOut: () => ({
      ...(unused.length > 0 && { annotationsWithoutImage: unused.length }),
      ...(unannotated > 0 && { imagesWithoutAnnotation: unannotated }),
    }),
  }
}

async function idsOf(store: Store): Promise<AnnotatedRow[]> {
  const all: AnnotatedRow[] = []
  for await (const { rows } of store.iterate({ fields: ['id', 'placement', 'annotation'], tensors: [], batch: 4096 })) all.push(...rows)
  return all
}
