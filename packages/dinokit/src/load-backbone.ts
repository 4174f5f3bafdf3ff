import { openTensorFile, readShardedTensors, type TensorFile } from '@dinokit/checkpoint'
import {
  blobSource,
  DinokitError,
  findModelCard,
  MODEL_CARDS,
  type AssetOptions,
  type AssetReference,
  type Backbone,
  type ByteSource,
  type CardFields,
  type ModelCard,
  type Runtime,
} from '@dinokit/core'
import { TINY_ASSETS, TINY_HEADS } from '@dinokit/model-tiny'
import { createVitBackbone, type InferCardOptions, type OnnxBackboneOptions } from '@dinokit/vit'
import { basename, dirname, extname, join } from './lib/paths.ts'
import { readOwnAsset } from './lib/read-own-asset.ts'
import type { AdapterPlaces } from './lib/merge-adapters.ts'
import type * as UnlistedModels from './lib/unlisted-models.ts'
import { openIfThere, readConfigs, readTraining, type ModelFolder } from './lib/model-folder.ts'
import { findWeights } from './lib/weight-files.ts'

/** Options of {@link loadBackbone}. */
export interface LoadOptions extends AssetOptions {
  /** Cards of your own that a name may mean. */
  readonly cards?: readonly ModelCard[]
  /** Fields of the card that the model's files do not say, such as attention heads; they come before what the files say. */
  readonly card?: CardFields
  /** Name of a backbone in a file that holds several, such as `teacher`; `.` for the one that has nothing before its names. */
  readonly weights?: string
  /** Name of the output of an ONNX file that is its tokens, where names don't tell. */
  readonly output?: string
  /** An adapter of peft to merge into the model: its folder, or its repository on the hub. */
  readonly adapter?: string
}

/** The same with the folders that adapters are read from. */
type Loading = LoadOptions & { readonly places?: AdapterPlaces }

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
  const options: Loading = given.adapter === undefined ? given : { ...given, places: await adapterPlace(runtime, given.adapter, given) }
  if (model instanceof Blob) return loadBlob(model, options)
  if (typeof model !== 'string') return loadCard(runtime, model, options)
  const known = tryFindCard(model, options.cards)
  if (known) return loadCard(runtime, known, options)
  const kind = await runtime.statPath(model)
  if (kind === 'folder') return loadFolder(folderOnDisk(runtime, model, options), options)
  if (kind === 'file') return loadFile(runtime, model, options)
  if (looksLikePath(model)) {
    throw new DinokitError('file-not-found', `There is no file or folder ${model}.`, {
      given: model,
      expected: 'a .pth, .safetensors or .onnx file, a folder in Hugging Face’s layout, or a model’s id',
    })
  }
  if (/^[\w.-]+\/[\w.-]+$/.test(model)) return loadFolder(folderOnHub(runtime, model, options), options)
  // Nothing it could mean is there: this says what is.
  return loadCard(runtime, findModelCard(model, options.cards), options)
}

function tryFindCard(id: string, cards: readonly ModelCard[] | undefined): ModelCard | undefined {
  try {
    return findModelCard(id, cards)
  } catch {
    return undefined
  }
}

/** Endings of files that models come in, or that are taken for some. */
const FILES = ['.pth', '.pt', '.pt2', '.ckpt', '.bin', '.safetensors', '.gguf', '.onnx', '.h5', '.json']

function looksLikePath(model: string): boolean {
  return /^[./~\\]|^[a-z]:[\\/]/i.test(model) || FILES.includes(extname(model))
}

async function adapterPlace(runtime: Runtime, adapter: string, options: LoadOptions): Promise<AdapterPlaces> {
  const onDisk = (await runtime.statPath(adapter)) === 'folder'
  if (!onDisk && (looksLikePath(adapter) || !/^[\w.-]+\/[\w.-]+$/.test(adapter))) {
    throw new DinokitError('file-not-found', `There is no folder ${adapter}.`, {
      given: adapter,
      expected: 'the folder or the hub repository of an adapter of peft, with adapter_config.json and adapter_model.safetensors',
    })
  }
  return { adapter: onDisk ? folderOnDisk(runtime, adapter, options) : folderOnHub(runtime, adapter, options) }
}

async function loadCard(runtime: Runtime, given: ModelCard, options: Loading): Promise<Backbone> {
  const said = options.card ? (await unlistedModels()).withCardFields(given, options.card) : given
  // With an adapter these are other weights than those that were published, and Meta's heads are not for them.
  const { weights: published, ...adapted } = said
  const card = options.places ? adapted : said
  const own = said.id === 'tiny' && !published
  const weights: AssetReference | undefined = own ? { kind: 'file', path: TINY_ASSETS.weights.href } : published
  if (!weights)
    throw new DinokitError('model-unsupported', `The card ${card.id} does not say where its weights are.`, {
      expected: 'card.weights: a file, a hub repository or an address',
    })
  const source = await (own ? readOwnAsset(runtime, weights, options) : runtime.readAsset(weights, options))
  if (source.name.endsWith('.onnx')) return onnxBackbone(source, { card, ...chosenOutput(options) })
  const plain = MODEL_CARDS.includes(given) && !options.places
  return closingOnError(await openTensorFile(source), async (opened) => {
    const file = plain ? opened : await canonical(opened, options)
    const backbone = await createVitBackbone(file, card)
    if (own) return { ...backbone, heads: TINY_HEAD_FILES }
    return plain ? backbone : withOwnHead(backbone, file, { id: card.id })
  })
}

const TINY_HEAD_FILES: NonNullable<Backbone['heads']> = Object.fromEntries(
  Object.entries(TINY_HEADS).map(([name, { href }]) => [name, { kind: 'file', path: href }]),
)

/** A folder that models are loaded from. */
interface NamedFolder extends ModelFolder {
  /** Id of a model that is made of it. */
  readonly id: string
}

function folderOnDisk(runtime: Runtime, path: string, options: LoadOptions): NamedFolder {
  return { id: basename(path), name: path, open: (file) => runtime.readAsset({ kind: 'file', path: join(path, file) }, options) }
}

function folderOnHub(runtime: Runtime, repo: string, options: LoadOptions): NamedFolder {
  return { id: repo, name: repo, open: (file) => runtime.readAsset({ kind: 'hub', repo, file }, options) }
}

async function loadFolder(folder: NamedFolder, options: Loading): Promise<Backbone> {
  const about = { id: folder.id, ...(await readConfigs(folder)) }
  const { kind, file, source } = await findWeights(folder)
  const beside = (name: string): Promise<ByteSource> => openBeside(folder, file.includes('/') ? `${dirname(file)}/${name}` : name)
  if (kind === 'onnx') return onnxBackbone(source, { ...(await onnxCard(source.name, about, options)), openBeside: beside })
  const opened = kind === 'index' ? await readShardedTensors(source, beside) : await openTensorFile(source)
  return backboneOf(opened, about, besideOf(folder, options))
}

async function openBeside(folder: ModelFolder, file: string): Promise<ByteSource> {
  const source = await openIfThere(folder, file)
  if (!source)
    throw new DinokitError('file-not-found', `${folder.name} has no ${file}, which the model refers to.`, {
      given: folder.name,
      expected: file,
      hint: 'The download may be incomplete.',
    })
  return source
}

async function loadBlob(blob: Blob, options: Loading): Promise<Backbone> {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'model'
  const source = blobSource(name, blob)
  if (extname(name) === '.onnx') return onnxBackbone(source, onnxFields(options))
  return backboneOf(await openTensorFile(source), { id: name }, options)
}

async function loadFile(runtime: Runtime, path: string, options: Loading): Promise<Backbone> {
  const folder = folderOnDisk(runtime, dirname(path), options)
  const id = basename(path)
  const source = await runtime.readAsset({ kind: 'file', path }, options)
  if (extname(path) === '.onnx') {
    const near = await readConfigs(folder)
    const about = near.config ? near : await readConfigs(folderOnDisk(runtime, dirname(dirname(path)), options))
    return onnxBackbone(source, { ...(await onnxCard(path, { id, ...about }, options)), openBeside: (file) => openBeside(folder, file) })
  }
  const file = isIndex(id) ? await readShardedTensors(source, (shard) => openBeside(folder, shard)) : await openTensorFile(source)
  return closingOnError(file, async () =>
    backboneOf(file, { id, ...(await readTraining(folder)), ...(await readConfigs(folder)) }, besideOf(folder, options)),
  )
}

/** Whether a file is an index of shards, by its name. */
function isIndex(name: string): boolean {
  return /\.index(\.\w+)?\.json$/.test(name)
}

async function onnxCard(name: string, about: InferCardOptions, options: LoadOptions): Promise<OnnxBackboneOptions> {
  if (!about.config) return onnxFields(options)
  const { cardFromConfig } = await unlistedModels()
  return { card: cardFromConfig(name, { ...about, ...said(options) }).card, ...chosenOutput(options) }
}

function onnxFields(options: LoadOptions): OnnxBackboneOptions {
  return { ...(options.card && { fields: options.card }), ...chosenOutput(options) }
}

function chosenOutput({ output }: LoadOptions): Pick<OnnxBackboneOptions, 'output'> {
  return output === undefined ? {} : { output }
}

function said({ card }: LoadOptions): Pick<InferCardOptions, 'card'> {
  return card ? { card } : {}
}

function besideOf(beside: ModelFolder, options: Loading): Loading {
  return { ...options, places: { ...options.places, beside } }
}

function backboneOf(file: TensorFile, beside: InferCardOptions, options: Loading): Promise<Backbone> {
  return closingOnError(file, async () => {
    const { ggufConfig, inferCard } = await unlistedModels()
    const config = ggufConfig(file)
    const about = config ? { ...beside, config } : beside
    const chosen = await canonical(file, options)
    const backbone = await createVitBackbone(chosen, inferCard(chosen, { ...about, ...said(options) }))
    return withOwnHead(backbone, chosen, about)
  })
}

/** The chosen backbone of a file, by the names of one of the layouts. */
async function canonical(file: TensorFile, { weights, places = {} }: Loading): Promise<TensorFile> {
  const { canonicalFile, mergeAdapters, selectWeights } = await unlistedModels()
  return canonicalFile(await mergeAdapters(selectWeights(file, weights), places))
}

/** The backbone with the classifier that its file has too, where it was fine-tuned to have one. */
async function withOwnHead(backbone: Backbone, file: TensorFile, { config }: InferCardOptions): Promise<Backbone> {
  const { detectLayout, ownClassifier } = await unlistedModels()
  const detected = detectLayout(file.tensors.keys())
  const own = detected && ownClassifier({ file, ...detected, card: backbone.card, ...(config && { config }) })
  return own ? { ...backbone, heads: { 'classification/own': own } } : backbone
}

async function closingOnError<T>(file: TensorFile, make: (file: TensorFile) => Promise<T>): Promise<T> {
  try {
    return await make(file)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function onnxBackbone(source: ByteSource, options: OnnxBackboneOptions): Promise<Backbone> {
  const { createOnnxBackbone } = await unlistedModels()
  return createOnnxBackbone(source, options)
}

const unlistedModels = (): Promise<typeof UnlistedModels> => import('./lib/unlisted-models.ts')
