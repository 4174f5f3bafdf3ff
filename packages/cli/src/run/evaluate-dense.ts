import { depth } from '@dinokit/head-depth'
import type { HeadInput, HeadWeights } from '@dinokit/head-kit'
import { segmentation } from '@dinokit/head-segmentation'
import type { DepthMetrics, SegmentationMetrics } from '@dinokit/train'
import { withoutIgnored, evaluateDepth, evaluateSegmentation, type AnnotatedRow, storedTokens } from '@dinokit/train/stored'
import type { CommandContext } from '../output/command-context.ts'
import { openForStore } from '../input/evaluated-head.ts'
import type { TrainingSource } from '../input/open-training.ts'
import type { StoreAnnotations } from '../input/survey-annotations.ts'

/** A head that is to be evaluated. */
export interface DenseEvaluation {
  readonly task: 'segmentation' | 'depth'
  /** Its file, or the file’s bytes. */
  readonly weights: HeadWeights
  readonly input: Pick<HeadInput, 'layers' | 'tokens'>
  readonly rows: readonly AnnotatedRow[]
  /** How many classes it knows. */
  readonly classes: number
}

/** Evaluates a dense head by rows of a store, at the size of the images. */
export async function evaluateDense(
  source: TrainingSource,
  annotations: StoreAnnotations,
  { task, weights, input, rows, classes }: DenseEvaluation,
  context: CommandContext,
): Promise<SegmentationMetrics | DepthMetrics> {
  const { output, signal } = context
  const ids = rows.map(({ id }) => id)
  const tokens = storedTokens(source.store, ids, input, source.depth)
  const onRow = (done: number): void => output.advance(done, ids.length, 'images evaluated')
  onRow(0)
  const options = { signal, onRow }
  if (task === 'depth') {
    await using head = await openForStore(source, context, depth({ weights }))
    return await evaluateDepth(head, tokens, annotations.read, options)
  }
  await using head = await openForStore(source, context, segmentation({ weights }))
  const labelsOf = async (row: AnnotatedRow): ReturnType<StoreAnnotations['read']> =>
    withoutIgnored(await annotations.read(row), annotations.ignore)
  return await evaluateSegmentation(head, tokens, labelsOf, classes, options)
}

/** Metrics as a line of text. */
export function describeMetrics(metrics: SegmentationMetrics | DepthMetrics): string {
  if ('miou' in metrics) return `pixel accuracy ${(100 * metrics.pixelAccuracy).toFixed(1)} %, mIoU ${(100 * metrics.miou).toFixed(1)} %`
  return `delta1 ${metrics.delta1.toFixed(3)}, AbsRel ${metrics.absRel.toFixed(3)}, RMSE ${metrics.rmse.toFixed(2)} m`
}
