import { openTensorFile } from '@dinokit/checkpoint'
import { findModelCard, MODEL_CARDS, type AssetReference, type Backbone, type ModelCard, type Runtime } from '@dinokit/core'
import { TINY_ASSETS, TINY_HEADS } from '@dinokit/model-tiny'
import { createVitBackbone } from '@dinokit/vit'
import { chosenOutput } from './lib/chosen-output.ts'
import { closingOnError } from './lib/closing-on-error.ts'
import { readOwnAsset } from './lib/read-own-asset.ts'
import type { Loading, LoadOptions } from './lib/load-options.ts'
import type * as UnlistedModels from './lib/unlisted-models.ts'

export type { LoadOptions } from './lib/load-options.ts'

/**
 * Model to load: an id (`tiny`, `dinov2-small`, `dinov2_vits14`); a repository on the hub (`owner/name`); the path of a
 * `.pth`, `.safetensors` or `.onnx` file or of a folder in Hugging Face's layout (in a browser an address of the page's own
 * origin); such a file itself, as a Blob or a File that a user dropped; or a card.
 */
export type ModelSource = string | ModelCard | Blob

/**
 * Finds a model's weights and makes a backbone of them.
 *
 * @param runtime - that finds and downloads files
 * @param model - id, hub repository, path, file, or card
 * @param given - own cards, an adapter, what is said of the model, progress, cancellation
 * @throws DinokitError see {@link open}
 */
export async function loadBackbone(runtime: Runtime, model: ModelSource, given: LoadOptions = {}): Promise<Backbone> {
  const { adapter } = given
  const options: Loading =
    adapter === undefined ? given : { ...given, places: await (await unlistedModels()).placeAdapter(runtime, adapter, given) }
  const card = model instanceof Blob ? undefined : typeof model === 'string' ? tryFindCard(model, options.cards) : model
  if (card) return loadCard(runtime, card, options)
  const found = await (await unlistedModels()).loadUnlisted(runtime, model as string | Blob, options)
  // Nothing it could mean is there: this says what is.
  return found ?? loadCard(runtime, findModelCard(model as string, options.cards), options)
}

function tryFindCard(id: string, cards: readonly ModelCard[] | undefined): ModelCard | undefined {
  try {
    return findModelCard(id, cards)
  } catch {
    return undefined
  }
}

async function loadCard(runtime: Runtime, given: ModelCard, options: Loading): Promise<Backbone> {
  const said = options.card ? (await unlistedModels()).withCardFields(given, options.card) : given
  // With an adapter these are other weights than those that were published, and Meta's heads are not for them.
  const { weights: published, ...adapted } = said
  const card = options.places ? adapted : said
  const own = said.id === 'tiny' && !published
  const weights: AssetReference | undefined = own ? { kind: 'file', path: TINY_ASSETS.weights.href } : published
  if (!weights) throw (await unlistedModels()).withoutWeights(card)
  const source = await (own ? readOwnAsset(runtime, weights, options) : runtime.readAsset(weights, options))
  if (source.name.endsWith('.onnx')) return (await unlistedModels()).createOnnxBackbone(source, { card, ...chosenOutput(options) })
  const plain = MODEL_CARDS.includes(given) && !options.places
  return closingOnError(await openTensorFile(source), async (opened) => {
    const file = plain ? opened : await (await unlistedModels()).canonical(opened, options)
    const backbone = await createVitBackbone(file, card)
    if (own) return { ...backbone, heads: TINY_HEAD_FILES }
    return plain ? backbone : (await unlistedModels()).withOwnHead(backbone, file, { id: card.id })
  })
}

const TINY_HEAD_FILES: NonNullable<Backbone['heads']> = Object.fromEntries(
  Object.entries(TINY_HEADS).map(([name, { href }]) => [name, { kind: 'file', path: href }]),
)

/** Loads what only some models need. */
export const unlistedModels = (): Promise<typeof UnlistedModels> => import('./lib/unlisted-models.ts')
