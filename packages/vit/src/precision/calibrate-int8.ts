import { DinokitError, tensor, type AnyTensor, type OnProgress, type Pixels, type Runtime, type Session } from '@dinokit/core'
import { encodeModel } from '@dinokit/onnx'
import type { VitBackbone } from '../vit-backbone.ts'
import type { Calibration } from './calibration.ts'
import { chooseGroups } from './choose-groups.ts'
import { listGroups } from './layer-groups.ts'
import { createHarmMeasure } from './measure-harm.ts'
import { largestInputsGraph, mixingGraph } from './measuring-graphs.ts'

/** Images by which the harm of each group is measured, unless it is said: each is run for each of them. */
const MEASURED = 6

/** Options of {@link calibrateInt8}. */
export interface CalibrateOptions {
  /** Whether levels are unsigned: see `quantizeDynamic`. Default false. */
  readonly unsigned?: boolean
  /** Number of images by which the harm of each group is measured. Default 6. */
  readonly measured?: number
  /** Told how far it is. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/**
 * Learns how a network is best brought to 8 bits: the largest values of the inputs of its linear layers, over all images, and, from the
 * first six, which of its layers must stay in float32. It takes as long as some 500 images do, for a network of
 * 12 blocks.
 *
 * @param runtime - that makes sessions
 * @param backbone - stays the caller's
 * @param images - prepared as the model's inputs
 * @param options - progress, cancellation
 * @throws DinokitError `invalid-option` without images, `session-failed`, `aborted`
 */
export async function calibrateInt8(
  runtime: Pick<Runtime, 'createSession'>,
  backbone: VitBackbone,
  images: readonly Pixels[],
  options: CalibrateOptions = {},
): Promise<Calibration> {
  if (images.length === 0)
    throw new DinokitError('invalid-option', 'A calibration needs images.', { given: 'none', expected: 'at least one, better 16' })
  const { card, weights, digest } = backbone
  const { architecture } = card
  const { unsigned = false, measured = MEASURED, onProgress, signal } = options
  const inputs = images.map((image) => feedsOf(backbone, image))
  const groups = listGroups(architecture.depth).length
  // Choosing among groups halves what is left.
  const total = images.length + groups + Math.ceil(Math.log2(groups + 1))
  let done = 0
  const onRun = (): void => {
    onProgress?.({ name: `calibration of ${card.id}`, done: Math.min(++done, total), total })
  }
  const within = <T>(graph: Parameters<typeof encodeModel>[0], use: (session: Session) => Promise<T>): Promise<T> =>
    using(runtime.createSession(encodeModel(graph), { ...(signal && { signal }) }), use)
  const largest = await within(largestInputsGraph({ architecture, weights }), (session) => largestInputs(session, inputs, onRun))
  const network = { architecture, weights, calibration: { largest, float32: [] }, unsigned }
  const float32 = await within(mixingGraph(network), async (session) => {
    const measure = await createHarmMeasure(session, architecture, inputs.slice(0, measured))
    return await chooseGroups(architecture, async (chosen) => {
      const harm = await measure(chosen)
      onRun()
      return harm
    })
  })
  return { weights: digest, images: images.length, largest, float32 }
}

async function using<T>(opening: Promise<Session>, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await opening
  try {
    return await use(session)
  } finally {
    await session.dispose()
  }
}

function feedsOf(backbone: VitBackbone, image: Pixels): Record<string, AnyTensor> {
  const { patch } = backbone.card.architecture
  const { data, height, width } = image
  return { pixels: tensor('uint8', data, [1, height, width, 3]), positions: backbone.positions([height / patch, width / patch]) }
}

async function largestInputs(
  session: Session,
  inputs: readonly Readonly<Record<string, AnyTensor>>[],
  onRun: () => void,
): Promise<Map<string, Float32Array>> {
  const largest = new Map<string, Float32Array>()
  for (const feeds of inputs) {
    const outputs = await session.run(feeds)
    onRun()
    for (const [name, { data }] of Object.entries(outputs)) {
      const known = largest.get(name)
      const values = data as Float32Array
      largest.set(name, known ? known.map((value, i) => Math.max(value, values[i]!)) : values.slice())
    }
  }
  return largest
}
