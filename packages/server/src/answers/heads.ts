import { colorValues } from '@dinokit/analysis'
import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type Pixels } from '@dinokit/core'
import { CLASSIFY_DEFAULTS, type ScoredClass } from '@dinokit/head-classification'
import { depthColorRange, depthFile, summarizeDepth, type Depth, type DepthSummary } from '@dinokit/head-depth'
import { segmentationFile, type Segmentation, type SegmentedClass } from '@dinokit/head-segmentation'
import { setImmediate } from 'node:timers/promises'
import { readQuery } from '../input/query.ts'
import { chooseFormat, headOf, json, png, type Plan } from './answer.ts'

/** Answer of `/classify` in JSON. */
export interface ClassifyAnswer {
  readonly model: string
  /** The likeliest, the likeliest first. */
  readonly classes: readonly ScoredClass[]
}

/** Answer of `/depth` in JSON: what the map holds. The map itself is a PNG or safetensors. */
export interface DepthAnswer extends DepthSummary {
  readonly model: string
}

/** Answer of `/segment` in JSON: the classes that are in the image, the largest first. The map itself is a PNG or safetensors. */
export interface SegmentAnswer {
  readonly model: string
  readonly width: number
  readonly height: number
  readonly classes: readonly SegmentedClass[]
}

/** Most classes that a request may ask for. */
const MOST_CLASSES = 1000
/** Color of pixels of which nothing is known. */
const UNSEEN = [150, 154, 160] as const

/** Answers `/classify`. Its images run in the batches of `/embed`. */
export const planClassify: Plan = ({ queue, limits, vision }, { params, accept }) => {
  const query = readQuery(params, ['top', 'size'])
  const format = chooseFormat(accept, ['application/json', 'application/safetensors'])
  const head = headOf(vision.heads, 'classification')
  const top = query.count('top', MOST_CLASSES) ?? CLASSIFY_DEFAULTS.top
  const size = query.size(limits.inputPixels)
  return async (image, signal) => {
    const tokens = await queue.tokens({ image, ...(size !== undefined && { size }) }, signal)
    const { classes, logits } = await head(tokens, { top, signal })
    const answer: ClassifyAnswer = { model: vision.card.id, classes }
    return format === 'application/json' ? json(answer) : { type: format, body: writeSafetensors({ logits }, { task: 'classification' }) }
  }
}

/** Answers `/depth`. */
export const planDepth: Plan = ({ queue, limits, vision }, { params, accept }) => {
  const query = readQuery(params, ['size', 'flip', 'focal'])
  const format = chooseFormat(accept, ['application/json', 'image/png', 'application/safetensors'])
  const head = headOf(vision.heads, 'depth')
  const [size, flip, focalLength] = [query.size(limits.inputPixels), query.flag('flip'), query.number('focal')]
  const options = { flip, ...(size !== undefined && { size }), ...(focalLength !== undefined && { focalLength }) }
  return async (image, signal) => {
    const depth = await queue.alone((signal) => head(image, { ...options, signal }), signal)
    if (format === 'image/png') return png(await drawDepth(depth))
    const answer: DepthAnswer = { model: vision.card.id, ...summarizeDepth(depth) }
    return format === 'application/json' ? json(answer) : { type: format, body: depthFile(depth) }
  }
}

/** Answers `/segment`. */
export const planSegment: Plan = ({ queue, limits, vision }, { params, accept }) => {
  const query = readQuery(params, ['size', 'flip'])
  const format = chooseFormat(accept, ['application/json', 'image/png', 'application/safetensors'])
  const head = headOf(vision.heads, 'segmentation')
  const [size, flip] = [query.size(limits.inputPixels), query.flag('flip')]
  return async (image, signal) => {
    const found = await queue.alone((signal) => head(image, { flip, ...(size !== undefined && { size }), signal }), signal)
    if (format === 'image/png') return png(await drawSegments(found))
    const [height, width] = found.labels.shape
    const answer: SegmentAnswer = { model: vision.card.id, width, height, classes: found.classes }
    return format === 'application/json' ? json(answer) : { type: format, body: segmentationFile(found) }
  }
}

/** Pixels that are drawn without letting other requests have their turn. */
const PIXELS_AT_ONCE = 1 << 20

/** Depth as colors, the nearest bright. */
async function drawDepth(depth: Depth): Promise<Pixels> {
  const { map } = depth
  const [height, width] = map.shape
  const { near, far } = depthColorRange(depth)
  const data = new Uint8Array(height * width * 3)
  for (let start = 0; start < map.data.length; start += PIXELS_AT_ONCE) {
    const part = map.data.subarray(start, start + PIXELS_AT_ONCE)
    data.set(colorValues(tensor('float32', part, [1, part.length]), { map: 'magma', low: far, high: near }).data, start * 3)
    for (let i = 0; i < part.length; i++) if (part[i] === map.unknown) data.set(UNSEEN, (start + i) * 3)
    await setImmediate()
  }
  return { data, width, height }
}

/** Classes as their colors. */
async function drawSegments({ labels, known }: Segmentation): Promise<Pixels> {
  const [height, width] = labels.shape
  const data = new Uint8Array(height * width * 3)
  for (let start = 0; start < labels.data.length; start += PIXELS_AT_ONCE) {
    const end = Math.min(start + PIXELS_AT_ONCE, labels.data.length)
    for (let i = start; i < end; i++) {
      const color = known[labels.data[i]!]?.color ?? UNSEEN
      data[i * 3] = color[0]
      data[i * 3 + 1] = color[1]
      data[i * 3 + 2] = color[2]
    }
    await setImmediate()
  }
  return { data, width, height }
}
