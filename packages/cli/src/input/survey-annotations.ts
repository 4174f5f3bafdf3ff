import { assertNotAborted, DinokitError } from '@dinokit/core'
import type { RowInfo, Store } from '@dinokit/store'
import {
  assertAnnotationSize,
  assertLabels,
  assertReadings,
  type Annotation,
  type LabelSet,
  type AnnotatedRow,
} from '@dinokit/train/stored'
import { DEPTH_SCALE, IGNORED, type AnnotationOptions } from '../options/annotation-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { findAnnotations } from './find-annotations.ts'
import { readDepthMap, readLabelMap } from './read-annotation.ts'

/** A row that has an annotation, with the sha256 of its image’s file. */
export type SurveyedRow = AnnotatedRow & Pick<RowInfo, 'hash'>

/** Annotations of a store’s rows, looked through. */
export interface Survey {
  /** Those whose annotations are good. */
  readonly rows: readonly SurveyedRow[]
  /** Classes that occur. */
  readonly classes: ReadonlySet<number>
  /** Meters of the nearest and the farthest reading. */
  readonly range: readonly [near: number, far: number]
}

/** Reads the annotations of a store’s rows. */
export interface StoreAnnotations {
  /** Labels that say that nothing is known. */
  readonly ignore: ReadonlySet<number>
  /** Label map, or meters, of a row that was surveyed. */
  readonly read: (row: AnnotatedRow) => Promise<Annotation>
  /** How many annotations belong to no image, and how many images of those surveyed have none: for the summary. */
  leftOut(): Readonly<Record<string, number>>
  /**
   * Looks through the annotations of a split, and reports those that can’t be used.
   *
   * @param split - undefined: all rows
   * @param classes - how many there are, where it is known
   * @throws DinokitError `label-invalid` where none can be used
   */
  survey(split: string | undefined, classes?: number): Promise<Survey>
}

/** Most classes that a label map can name. */
const MOST = 65_535

/** Opens the annotations of a store’s rows, and notes how many belong to no image of it. */
export async function openAnnotations(
  store: Store,
  task: 'segmentation' | 'depth',
  { annotations, ignore: ignored = [IGNORED], depthScale = DEPTH_SCALE }: AnnotationOptions,
  { output, signal }: CommandContext,
): Promise<StoreAnnotations> {
  const files = await findAnnotations(annotations)
  const ignore = new Set(ignored)
  const unused = annotations ? files.unused(await rowsOf(store, undefined)) : []
  if (unused.length > 0)
    output.note(`${unused.length} of ${files.count} annotations belong to no image of ${store.name}, such as ${unused[0]}.`)
  let unannotated = 0
  const read = (row: AnnotatedRow): Promise<Annotation> => {
    const path = files.of(row)!
    return task === 'depth' ? readDepthMap(path, depthScale) : readLabelMap(path)
  }
  const check = async (row: AnnotatedRow, labels: LabelSet): Promise<readonly number[]> => {
    const annotation = await read(row)
    assertAnnotationSize(annotation, row.placement, row.id)
    return task === 'depth' ? assertReadings(annotation, row.id) : [...assertLabels(annotation, row.id, labels)]
  }
  return {
    ignore,
    read,
    leftOut: () => ({
      ...(unused.length > 0 && { annotationsWithoutImage: unused.length }),
      ...(unannotated > 0 && { imagesWithoutAnnotation: unannotated }),
    }),
    async survey(split, classes = MOST) {
      const named = await rowsOf(store, split)
      const all = named.filter((row) => files.of(row) !== undefined)
      const bare = named.length - all.length
      unannotated += bare
      if (bare > 0 && all.length > 0) output.note(`${bare} of ${named.length} images${ofSplit(split)} have no annotation and are left out.`)
      const rows: SurveyedRow[] = []
      const found = new Set<number>()
      output.advance(0, all.length, 'annotations')
      for (const [index, row] of all.entries()) {
        assertNotAborted(signal)
        try {
          for (const value of await check(row, { classes, ignore })) found.add(value)
          rows.push(row)
        } catch (cause) {
          if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
          output.failure(row.id, cause)
        }
        output.advance(index + 1, all.length, 'annotations')
      }
      output.end()
      if (rows.length === 0) throw nothing(store.name, split, named.length)
      const values = [...found]
      return { rows, classes: found, range: [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] }
    },
  }
}

async function rowsOf(store: Store, split: string | undefined): Promise<SurveyedRow[]> {
  const all: SurveyedRow[] = []
  const filter = split === undefined ? {} : { split }
  for await (const { rows } of store.iterate({ ...filter, fields: ['id', 'placement', 'annotation', 'hash'], tensors: [], batch: 4096 }))
    all.push(...rows)
  return all
}

function ofSplit(split: string | undefined): string {
  return split === undefined ? '' : ` of the split ${split}`
}

function nothing(name: string, split: string | undefined, rows: number): DinokitError {
  return new DinokitError('label-invalid', `No annotation of ${name}${ofSplit(split)} can be used.`, {
    given: `${rows} rows`,
    expected: 'rows with annotations that say something',
    hint: 'Annotations are called as their images, or named by the labels file that the images were indexed by.',
  })
}
