import { DinokitError, openHead } from '@dinokit/core'
import { depth } from '@dinokit/head-depth'
import type { HeadInput, HeadWeights } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import type { Store } from '@dinokit/store'
import { withoutIgnored, type Annotation } from '../annotation.ts'
import { evaluateDepth, evaluateSegmentation, type EvaluationOptions } from '../evaluate-head.ts'
import type { AnnotatedRow } from '../stored-dense-examples.ts'
import { storedTokens } from '../stored-tokens.ts'
import type { TrainedModel } from '../trained-model.ts'
import { IGNORED_LABEL, type DenseTask, type RowAnnotations } from './survey-annotations.ts'
import type { DenseMetrics } from './watch-epochs.ts'

/** A dense head that is to be evaluated, and on what. */
export interface DenseEvaluation extends Pick<RowAnnotations, 'annotation' | 'ignore'> {
  readonly task: DenseTask
  /** Its file, or the file’s bytes. */
  readonly weights: HeadWeights
  readonly input: Pick<HeadInput, 'layers' | 'tokens'>
  /** Rows that have annotations. */
  readonly rows: readonly AnnotatedRow[]
  /** Number of classes that it knows. */
  readonly classes: number
}

/**
 * Evaluates a dense head by rows of a store, at the size of the images.
 *
 * @param model - the store’s; stays the caller’s
 * @param store - stays the caller’s
 * @param evaluation - the head, rows, annotations
 * @param options - progress, cancellation
 * @throws DinokitError those of `openHead` and `storedTokens`, `label-invalid` for a row without annotation, `aborted`
 */
export async function evaluateDense(
  { card, runtime, allowPrecision = false }: TrainedModel,
  store: Store,
  { task, weights, input, rows, classes, annotation, ignore = [IGNORED_LABEL] }: DenseEvaluation,
  options: EvaluationOptions = {},
): Promise<DenseMetrics> {
  const ids = rows.map(({ id }) => id)
  const tokens = storedTokens(store, ids, input, card.architecture.depth)
  const host = { card, runtime, fingerprint: store.layout.fingerprint, allowPrecision, ...(options.signal && { signal: options.signal }) }
  const read = (row: AnnotatedRow): Promise<Annotation> => annotationOf(row, annotation)
  options.onRow?.(0)
  if (task === 'depth') {
    await using head = await openHead(depth({ weights }), host)
    return await evaluateDepth(head, tokens, read, options)
  }
  await using head = await openHead(segmentation({ weights }), host)
  const unknown = new Set(ignore)
  return await evaluateSegmentation(head, tokens, async (row) => withoutIgnored(await read(row), unknown), { classes, ...options })
}

/** The annotation of a row that has one. */
export async function annotationOf(row: AnnotatedRow, annotation: RowAnnotations['annotation']): Promise<Annotation> {
  const found = await annotation(row)
  if (found) return found
  throw new DinokitError('label-invalid', `${row.id} has no annotation any more.`, {
    given: row.id,
    expected: 'the annotation that it had when the annotations were looked through',
  })
}
