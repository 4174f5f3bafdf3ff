import {
  countDepth,
  countSegmentation,
  createDensePredictor,
  enlargeRows,
  largestChannels,
  type DenseExamples,
  type DepthMetrics,
  type HeadModel,
  type SegmentationMetrics,
  type SessionMaker,
} from '@dinokit/train'
import { CLASSES, GRID, METERS, type NyuSplit } from './nyu.ts'

/** Evaluates a segmentation head at the annotations’ size. */
export async function evaluateSegmentation(runtime: SessionMaker, head: HeadModel, split: NyuSplit): Promise<SegmentationMetrics> {
  const counter = countSegmentation(CLASSES)
  await eachMap(runtime, head, split.segmentation, (map, index) => {
    const { data, size } = split.labels[index]!
    counter.add(largestChannels(enlargeRows(map, GRID, size), CLASSES), data)
  })
  return counter.metrics()
}

/** Evaluates a depth head at the annotations’ size. */
export async function evaluateDepth(runtime: SessionMaker, head: HeadModel, split: NyuSplit): Promise<DepthMetrics> {
  const counter = countDepth()
  await eachMap(runtime, head, split.depth, (map, index) => {
    const { data, size } = split.depths[index]!
    counter.add(
      enlargeRows(map, GRID, size),
      Float32Array.from(data, (value) => value * METERS),
    )
  })
  return counter.metrics()
}

async function eachMap(
  runtime: SessionMaker,
  head: HeadModel,
  examples: DenseExamples,
  visit: (map: Float32Array, index: number) => void,
): Promise<void> {
  await using predictor = await createDensePredictor(runtime, head, { grid: GRID, dtype: 'float16' })
  for (let index = 0; index < examples.count; index++) {
    const { tokens } = await examples.read([index])
    visit((await predictor.predict(tokens)).data, index)
  }
}
