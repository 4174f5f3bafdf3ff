import { DinokitError, stackBytes, type AnyTensor, type OnProgress, type Pixels, type Runtime, type Session } from '@dinokit/core'
import { encodeModel, saturates, type Graph } from '@dinokit/onnx'
import type { VitBackbone } from '../vit-backbone.ts'
import type { Calibration } from './calibration.ts'
import { chooseGroups, type GroupChoice } from './choose-groups.ts'
import { listGroups } from './layer-groups.ts'
import { createHarmMeasure, type MeasuredImage } from './measure-harm.ts'
import { largestInputsGraph, mixingGraph } from './measuring-graphs.ts'

/** Images on which each group alone is measured, unless it is said. */
const SORTED_BY = 2

/** Options of {@link calibrateInt8}. */
export interface CalibrateOptions {
  /**
   * Number of images on which each group of layers alone is measured, where not all can be in 8 bits: the first ones. Default 2; what is
   * chosen is measured on all.
   */
  readonly sortedBy?: number
  /** Whether each group is measured alone even where all can be in 8 bits, for a report. Default false. */
  readonly everyGroup?: boolean
  /** Told how far it is: runs of the network. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Calibration, and what was measured for it. */
export interface MeasuredCalibration extends Calibration {
  /** Harm of the choice, and of each group alone where that was measured. */
  readonly measured: Pick<GroupChoice, 'harm' | 'groups'>
}

/**
 * Learns how a network is best brought to 8 bits: the largest values of the inputs of its linear layers, over all images, and which of its
 * layers must stay in float32. Where all can be in 8 bits, it takes two runs an image; else some 10 an image more, and 100 for each 12 blocks.
 *
 * @param runtime - that makes sessions
 * @param backbone - stays the caller's
 * @param images - prepared as the model's inputs
 * @param options - progress, cancellation
 * @throws DinokitError `invalid-option` without images, `session-failed`, `aborted`
 */
export async function calibrateInt8(
  runtime: Pick<Runtime, 'createSession' | 'exactBytes'>,
  backbone: VitBackbone,
  images: readonly Pixels[],
  options: CalibrateOptions = {},
): Promise<MeasuredCalibration> {
  if (images.length === 0)
    throw new DinokitError('invalid-option', 'A calibration needs images.', { given: 'none', expected: 'at least one, better 16' })
  const { card, weights, digest } = backbone
  const { architecture } = card
  const { sortedBy = SORTED_BY, everyGroup = false, onProgress, signal } = options
  const groups = listGroups(architecture.depth).length
  // Choosing among groups halves what is left.
  const total = images.length * (2 + Math.ceil(Math.log2(groups))) + groups * Math.min(sortedBy, images.length)
  let done = 0
  const onRun = (): void => onProgress?.({ name: `calibration of ${card.id}`, done: ++done, total, unit: 'runs' })
  const within = <T>(graph: Graph, use: (session: Session) => Promise<T>): Promise<T> =>
    using(runtime.createSession(encodeModel(graph), { ...(signal && { signal }) }), use)
  const unsigned = await saturates(runtime)
  const inputs = images.map((image) => feedsOf(backbone, image))
  const { largest, measuredImages } = await within(largestInputsGraph({ architecture, weights }), (session) =>
    largestInputs(session, inputs, { onRun, signal }),
  )
  const network = { architecture, weights, calibration: { largest, float32: [] }, unsigned }
  const { float32, ...measured } = await within(mixingGraph(network), (session) => {
    const measureOn = (some: readonly MeasuredImage[]): ReturnType<typeof createHarmMeasure> =>
      createHarmMeasure(session, { architecture, images: some, onRun, signal })
    return chooseGroups(architecture, {
      together: measureOn(measuredImages),
      alone: measureOn(measuredImages.slice(0, sortedBy)),
      everyGroup,
    })
  })
  onProgress?.({ name: `calibration of ${card.id}`, done: total, total, unit: 'runs' })
  return { weights: digest, images: images.length, largest, float32, measured }
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
  const { height, width } = image
  const grid = [height / patch, width / patch] as const
  const rotation = backbone.rotation?.(grid)
  return { pixels: stackBytes([image]), positions: backbone.positions(grid), ...(rotation && { rotation }) }
}

/** Runs each image once: the largest inputs over all, and the tokens of each. */
async function largestInputs(
  session: Session,
  inputs: readonly MeasuredImage['feeds'][],
  { onRun, signal }: { readonly onRun: () => void; readonly signal: AbortSignal | undefined },
): Promise<{ readonly largest: Map<string, Float32Array>; readonly measuredImages: MeasuredImage[] }> {
  const largest = new Map<string, Float32Array>()
  const measuredImages: MeasuredImage[] = []
  for (const feeds of inputs) {
    const { tokens, ...outputs } = await session.run(feeds, signal ? { signal } : {})
    measuredImages.push({ feeds, tokens: tokens!.data as Float32Array })
    onRun()
    for (const [name, { data }] of Object.entries(outputs)) {
      const known = largest.get(name)
      const values = data as Float32Array
      largest.set(name, known ? known.map((value, i) => Math.max(value, values[i]!)) : values.slice())
    }
  }
  return { largest, measuredImages }
}
