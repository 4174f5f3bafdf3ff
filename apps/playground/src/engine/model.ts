import {
  classification,
  createRuntime,
  createVision,
  DinokitError,
  loadBackbone,
  type Backbone,
  type ImageSource,
  type OnProgress,
  type OutputRequest,
  type Runtime,
  type ScoredClass,
  type Tokens,
  type Vision,
} from 'dinokit/browser'
import { createAnomalyLearner, type AnomalyLearner } from './anomaly-learner.ts'
import { describeFamily } from './describe-family.ts'
import { createHeadRunner, headChoices, type HeadRunner } from './heads.ts'
import { LAYERS } from '../layers/layers.ts'
import { createClassifierTrainer, type ClassifierTrainer } from './classifier-trainer.ts'
import type { OpenModel, OpenRequest } from './protocol.ts'

/** A model with what belongs to it, in the worker. */
export interface Model {
  readonly runtime: Runtime<ImageSource>
  readonly vision: Vision<ImageSource>
  /** The likeliest classes of what was seen; none where the model has no names of things. */
  readonly classify: (tokens: Tokens) => Promise<readonly ScoredClass[]>
  /** Its heads for every pixel. */
  readonly headRunner: HeadRunner
  /** Classes of the user's own. */
  readonly trainer: ClassifierTrainer
  /** Good images of the user's own. */
  readonly anomalyLearner: AnomalyLearner
  /** Description of the model for the page. */
  readonly about: OpenModel
}

/** Task of a head that is in the model's own file, such as Depth Anything's. */
function ownHeadOf({ heads = {} }: Backbone): string | undefined {
  return Object.entries(heads)
    .find(([, head]) => head.kind === 'own')?.[0]
    .replace(/\/.*/, '')
}

/**
 * Opens a model with all the outputs that the layers need, or with the final tokens alone where it has no others.
 *
 * @throws DinokitError see `open` of dinokit
 */
export async function openModel({ model, device }: OpenRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Model> {
  const started = performance.now()
  const runtime = createRuntime({ engine: { device } })
  const backbone = await loadBackbone(runtime, model, { onProgress, signal })
  const { outputs, unavailable } = outputsOf(backbone)
  const choices = { segmentation: headChoices(backbone, 'segmentation'), depth: headChoices(backbone, 'depth') }
  const vision = await createVision(runtime, backbone, { ...outputs, signal, ownsRuntime: true })
  try {
    const { id, description, parameters, architecture } = vision.card
    const { familiesOf } = await import('@dinokit/core/relatives')
    const classifier = id === 'tiny' ? await vision.add({ classes: classification() }) : undefined
    const classify = async (tokens: Tokens): Promise<readonly ScoredClass[]> =>
      classifier ? (await classifier.heads.classes(tokens)).classes : []
    const { depth, heads, patch } = architecture
    const elapsed = performance.now() - started
    const { engine } = vision
    const about: OpenModel = {
      id,
      description,
      parameters,
      ...describeFamily(vision.card, familiesOf(vision.card), typeof model === 'string', ownHeadOf(backbone)),
      depth,
      attentionHeads: heads,
      patch,
      engine,
      classifies: classifier !== undefined,
      heads: choices,
      unavailable,
      elapsed,
    }
    return {
      runtime,
      vision,
      classify,
      headRunner: createHeadRunner(vision),
      trainer: createClassifierTrainer(runtime, vision),
      anomalyLearner: createAnomalyLearner(runtime, depth),
      about,
    }
  } catch (error) {
    await vision.dispose()
    throw error
  }
}

function outputsOf(backbone: Backbone): { readonly outputs: OutputRequest; readonly unavailable: Record<string, string> } {
  const unavailable: Record<string, string> = {}
  const wanted: OutputRequest[] = []
  for (const layer of LAYERS) {
    try {
      const request = layer.needs?.(backbone.card)
      if (!request) continue
      backbone.graph(request)
      wanted.push(request)
    } catch (error) {
      if (!DinokitError.is(error)) throw error
      unavailable[layer.id] = error.message
    }
  }
  const union = (key: 'layers' | 'rawLayers' | 'attention' | 'facets'): number[] => [
    ...new Set(wanted.flatMap((request) => request[key] ?? [])),
  ]
  return {
    outputs: { layers: union('layers'), attention: union('attention'), facets: union('facets'), rawLayers: union('rawLayers') },
    unavailable,
  }
}
