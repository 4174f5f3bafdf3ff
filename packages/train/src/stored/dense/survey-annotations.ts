import { assertNotAborted, DinokitError } from '@dinokit/core'
import type { RowInfo, Store } from '@dinokit/store'
import { assertAnnotationSize, assertLabels, assertReadings, type Annotation } from '../annotation.ts'
import type { AnnotatedRow } from '../stored-dense-examples.ts'

/** Answer of a dense head. */
export type DenseTask = 'segmentation' | 'depth'

/** Annotations of a store's images. */
export interface RowAnnotations {
  /**
   * The annotation of a row, of its image’s size: the number of each pixel’s class, or meters, 0 where there is no reading.
   * Undefined where the row has none: it is left out. It is asked for more than once.
   */
  readonly annotation: (row: AnnotatedRow) => Annotation | undefined | Promise<Annotation | undefined>
  /** Labels that say that nothing is known of a pixel. Default: 255. */
  readonly ignore?: readonly number[]
  /** Told of a row whose annotation can’t be used, and that is left out. Default: the first such row ends the work. */
  readonly onRefused?: (row: AnnotatedRow, error: DinokitError) => void
}

/** Options of {@link surveyAnnotations}. */
export interface SurveyOptions extends RowAnnotations {
  readonly task: DenseTask
  /** Rows of this split. Default: all. */
  readonly split?: string
  /** Number of classes, where it is known: other labels are refused. */
  readonly classes?: number
  /** Told how many of the rows were looked at. */
  readonly onProgress?: (done: number, of: number) => void
  readonly signal?: AbortSignal
}

/** A row that has an annotation, with the sha256 of its image’s file. */
export type SurveyedRow = AnnotatedRow & Pick<RowInfo, 'hash'>

/** Annotations of a store’s rows, looked through. */
export interface Survey {
  /** Those whose annotations are good. */
  readonly rows: readonly SurveyedRow[]
  /** Numbers of rows, and of those without an annotation. */
  readonly looked: number
  readonly unannotated: number
  /** Classes that occur. */
  readonly classes: ReadonlySet<number>
  /** Meters of the nearest and the farthest reading. */
  readonly range: readonly [near: number, far: number]
}

/** The label that says that nothing is known, where nothing else is said. */
export const IGNORED_LABEL = 255
/** Most classes that a label map can name. */
const MOST = 65_535

/**
 * Looks through the annotations of a store’s rows, one after the other.
 *
 * @param store - stays the caller’s
 * @param options - task, annotations, split
 * @throws DinokitError `label-invalid` where none can be used; without `onRefused`, that of the first that can’t; `aborted`
 */
export async function surveyAnnotations(store: Store, options: SurveyOptions): Promise<Survey> {
  const { split, onRefused, onProgress, signal } = options
  const all = await rowsOf(store, split)
  const rows: SurveyedRow[] = []
  const found = new Set<number>()
  let unannotated = 0
  onProgress?.(0, all.length)
  for (const [index, row] of all.entries()) {
    assertNotAborted(signal)
    try {
      const values = await look(row, options)
      if (values) rows.push(row)
      else unannotated++
      for (const value of values ?? []) found.add(value)
    } catch (cause) {
      if (!onRefused || !DinokitError.is(cause) || cause.code === 'aborted') throw cause
      onRefused(row, cause)
    }
    onProgress?.(index + 1, all.length)
  }
  if (rows.length === 0) throw nothing(store.name, split, all.length)
  const values = [...found]
  const range = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] as const
  return { rows, looked: all.length, unannotated, classes: found, range }
}

/** The classes, or the nearest and the farthest reading, of a row’s annotation; undefined where it has none. */
async function look(
  row: SurveyedRow,
  { task, annotation, ignore = [IGNORED_LABEL], classes = MOST }: SurveyOptions,
): Promise<Iterable<number> | undefined> {
  const found = await annotation(row)
  if (!found) return undefined
  assertAnnotationSize(found, row.placement, row.id)
  return task === 'depth' ? assertReadings(found, row.id) : assertLabels(found, row.id, { classes, ignore: new Set(ignore) })
}

async function rowsOf(store: Store, split: string | undefined): Promise<SurveyedRow[]> {
  const all: SurveyedRow[] = []
  const filter = split === undefined ? {} : { split }
  for await (const { rows } of store.iterate({ ...filter, fields: ['id', 'placement', 'annotation', 'hash'], tensors: [], batch: 4096 }))
    all.push(...rows)
  return all
}

function nothing(name: string, split: string | undefined, rows: number): DinokitError {
  return new DinokitError('label-invalid', `No annotation of ${name}${split === undefined ? '' : ` of the split ${split}`} can be used.`, {
    given: `${rows} rows`,
    expected: 'rows whose annotations have labels or readings',
    hint: 'Give annotations the file names of their images, or name them in the labels file that you index with.',
  })
}
