import { assertNotAborted, DinokitError, type OpenHead } from '@dinokit/core'
import type { Classification, ClassifyOptions } from '@dinokit/head-classification'
import type { Depth, EstimateOptions } from '@dinokit/head-depth'
import type { Segmentation, SegmentOptions } from '@dinokit/head-segmentation'
import {
  classificationMetrics,
  countDepth,
  countSegmentation,
  type ClassificationMetrics,
  type DepthMetrics,
  type SegmentationMetrics,
} from '../index.ts'
import type { Annotation } from './annotation.ts'
import type { RowTokens } from './stored-tokens.ts'

/** Told after every row, and asked whether to go on. */
export interface EvaluationOptions {
  readonly onRow?: (done: number) => void
  readonly signal?: AbortSignal
}

/** Options of {@link evaluateSegmentation}. */
export interface SegmentationEvaluationOptions extends EvaluationOptions {
  /** Number of classes that the head knows; labels beyond are ignored. */
  readonly classes: number
}

/**
 * Evaluates a classifier by the answers that users get.
 *
 * @param head - open; stays the caller’s
 * @param rows - with the tokens that it reads, each with a label
 * @param classes - names, in the order of its logits
 * @param options - progress, cancellation
 * @throws DinokitError `label-invalid` for a label that the head does not know
 */
export async function evaluateClassification(
  head: OpenHead<ClassifyOptions, Classification>,
  rows: AsyncIterable<RowTokens>,
  classes: readonly string[],
  options: EvaluationOptions = {},
): Promise<ClassificationMetrics> {
  const numbers = new Map(classes.map((name, index) => [name, index]))
  const [predicted, labels]: [number[], number[]] = [[], []]
  await eachRow(rows, options, async ({ row, tokens }) => {
    const label = numbers.get(row.label ?? '')
    if (label === undefined) {
      throw new DinokitError('label-invalid', `${row.id} is labeled ${row.label ?? 'nothing'}, which the head does not know.`, {
        given: row.label ?? 'no label',
        expected: classes.join(', '),
      })
    }
    labels.push(label)
    predicted.push((await head.run(tokens, { top: 1 })).classes[0]!.index)
  })
  return classificationMetrics(predicted, labels, classes.length)
}

/**
 * Evaluates a segmentation head at the size of the images. Pixels that the model did not see don’t count.
 *
 * @param head - open; stays the caller’s
 * @param rows - with the tokens that it reads
 * @param labelsOf - the label map of a row, of the image’s size
 * @param options - number of classes, progress, cancellation
 */
export async function evaluateSegmentation(
  head: OpenHead<SegmentOptions, Segmentation>,
  rows: AsyncIterable<RowTokens>,
  labelsOf: (row: RowTokens['row']) => Promise<Annotation>,
  { classes, ...options }: SegmentationEvaluationOptions,
): Promise<SegmentationMetrics> {
  const counter = countSegmentation(classes)
  await eachRow(rows, options, async ({ row, tokens }) => {
    const { data } = await labelsOf(row)
    const { labels } = await head.run(tokens)
    counter.add(
      labels.data,
      data.map((label, pixel) => (labels.data[pixel] === labels.unknown ? labels.unknown : label)),
    )
  })
  return counter.metrics()
}

/**
 * Evaluates a depth head at the size of the images. Pixels that the model did not see don’t count.
 *
 * @param head - open; stays the caller’s
 * @param rows - with the tokens that it reads
 * @param metersOf - the depth map of a row, of the image’s size
 * @param options - progress, cancellation
 */
export async function evaluateDepth(
  head: OpenHead<EstimateOptions, Depth>,
  rows: AsyncIterable<RowTokens>,
  metersOf: (row: RowTokens['row']) => Promise<Annotation>,
  options: EvaluationOptions = {},
): Promise<DepthMetrics> {
  const counter = countDepth()
  await eachRow(rows, options, async ({ row, tokens }) => {
    const { data } = await metersOf(row)
    const { meters, unit } = await head.run(tokens)
    if (!meters) throw withoutMeters(unit)
    counter.add(
      meters.data,
      data.map((value, pixel) => (meters.data[pixel] === meters.unknown ? 0 : value)),
    )
  })
  return counter.metrics()
}

function withoutMeters(unit: Depth['unit']): DinokitError {
  return new DinokitError('model-unsupported', `The head gives ${unit}, and depth is evaluated in meters.`, {
    given: unit,
    expected: 'a head that gives meters',
  })
}

async function eachRow(
  rows: AsyncIterable<RowTokens>,
  { onRow, signal }: EvaluationOptions,
  evaluate: (of: RowTokens) => Promise<void>,
): Promise<void> {
  let done = 0
  for await (const of of rows) {
    assertNotAborted(signal)
    await evaluate(of)
    onRow?.(++done)
  }
}
