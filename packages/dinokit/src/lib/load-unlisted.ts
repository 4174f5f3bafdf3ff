import { openTensorFile, readShardedTensors, type TensorFile } from '@dinokit/checkpoint'
import { blobSource, DinokitError, type Backbone, type ByteSource, type ModelCard, type Runtime } from '@dinokit/core'
import { findRelatedModel, gatedError, type RelatedModel } from '@dinokit/core/relatives'
import { ownClassifier, ownDepth } from '@dinokit/head-kit'
import {
  canonicalFile,
  cardFromConfig,
  createOnnxBackbone,
  createVitBackbone,
  detectLayout,
  ggufConfig,
  inferCard,
  rotaryFile,
  selectWeights,
  withEmptyClassToken,
  type InferCardOptions,
  type OnnxBackboneOptions,
} from '@dinokit/vit'
import { chosenOutput } from './chosen-output.ts'
import { closingOnError } from './closing-on-error.ts'
import type { Loading, LoadOptions } from './load-options.ts'
import { mergeAdapters, type AdapterPlaces } from './merge-adapters.ts'
import { openIfThere, readConfigs, readConfigsNear, readTraining, type ModelFolder } from './model-folder.ts'
import { basename, dirname, extname, join } from './paths.ts'
import { findWeights } from './weight-files.ts'

/**
 * Loads a model that has no card yet: a file, a folder, a repository on the hub.
 *
 * @param runtime - that finds and downloads files
 * @param model - path, repository or file
 * @param options - as `loadBackbone` takes them
 * @returns nothing where the name may only be a DINOv2's id
 * @throws DinokitError see `open`
 */
export async function loadUnlisted(runtime: Runtime, model: string | Blob, options: Loading): Promise<Backbone | undefined> {
  if (typeof model !== 'string') return loadBlob(model, options)
  const related = findRelatedModel(model)
  if (related) return loadRelated(runtime, related, options)
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
  return undefined
}

/** Loads a relative of DINOv2: its files say the rest, and what they leave out is known. */
async function loadRelated(runtime: Runtime, model: RelatedModel, options: Loading): Promise<Backbone> {
  const { id, repo, license, description } = model
  try {
    const fields = { ...model.card, ...options.card }
    const backbone = await loadFolder({ ...folderOnHub(runtime, repo, options), id }, { ...options, card: fields })
    return { ...backbone, card: { ...backbone.card, license, description, origin: repo } }
  } catch (error) {
    throw gatedError(model, error)
  }
}

/** Error about a card that names no weights. */
export function withoutWeights({ id }: ModelCard): DinokitError {
  return new DinokitError('model-unsupported', `The card ${id} does not say where its weights are.`, {
    expected: 'card.weights: a file, a hub repository or an address',
  })
}

/** Endings of files that models come in, or that are taken for some. */
const FILES = ['.pth', '.pt', '.pt2', '.ckpt', '.bin', '.safetensors', '.gguf', '.onnx', '.h5', '.json']

function looksLikePath(model: string): boolean {
  return /^[./~\\]|^[a-z]:[\\/]/i.test(model) || FILES.includes(extname(model))
}

/** Folder of an adapter that is to be merged into a model. */
export async function placeAdapter(runtime: Runtime, adapter: string, options: LoadOptions): Promise<AdapterPlaces> {
  const onDisk = (await runtime.statPath(adapter)) === 'folder'
  if (!onDisk && (looksLikePath(adapter) || !/^[\w.-]+\/[\w.-]+$/.test(adapter))) {
    throw new DinokitError('file-not-found', `There is no folder ${adapter}.`, {
      given: adapter,
      expected: 'the folder or the hub repository of an adapter of peft, with adapter_config.json and adapter_model.safetensors',
    })
  }
  return { adapter: onDisk ? folderOnDisk(runtime, adapter, options) : folderOnHub(runtime, adapter, options) }
}

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
  if (kind === 'onnx') return createOnnxBackbone(source, { ...(await onnxCard(source.name, about, options)), openBeside: beside })
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
  if (extname(name) === '.onnx') return createOnnxBackbone(source, onnxFields(options))
  return backboneOf(await openTensorFile(source), { id: name }, options)
}

async function loadFile(runtime: Runtime, path: string, options: Loading): Promise<Backbone> {
  const folder = folderOnDisk(runtime, dirname(path), options)
  const id = basename(path)
  const source = await runtime.readAsset({ kind: 'file', path }, options)
  if (extname(path) === '.onnx') {
    const about = await readConfigsNear(path, (near) => folderOnDisk(runtime, near, options))
    return createOnnxBackbone(source, {
      ...(await onnxCard(path, { id, ...about }, options)),
      openBeside: (file) => openBeside(folder, file),
    })
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
  return { card: cardFromConfig(name, { ...about, ...said(options) }).card, ...chosenOutput(options) }
}

function onnxFields(options: LoadOptions): OnnxBackboneOptions {
  return { ...(options.card && { fields: options.card }), ...chosenOutput(options) }
}

function said({ card }: LoadOptions): Pick<InferCardOptions, 'card'> {
  return card ? { card } : {}
}

function besideOf(beside: ModelFolder, options: Loading): Loading {
  return { ...options, places: { ...options.places, beside } }
}

function backboneOf(file: TensorFile, beside: InferCardOptions, options: Loading): Promise<Backbone> {
  return closingOnError(file, async () => {
    const config = ggufConfig(file)
    const about = config ? { ...beside, config } : beside
    const chosen = await canonical(file, options)
    const backbone = await createVitBackbone(chosen, inferCard(chosen, { ...about, ...said(options) }))
    return withOwnHead(backbone, chosen, about)
  })
}

/** The chosen backbone of a file, by the names of one of the layouts. */
export async function canonical(file: TensorFile, { weights, places = {} }: Loading): Promise<TensorFile> {
  const known = await rotaryFile(withEmptyClassToken(file))
  return canonicalFile(await mergeAdapters(selectWeights(known, weights), places))
}

/** The backbone with the classifier or the depth head that its file has too, where it was trained to have one. */
export async function withOwnHead(backbone: Backbone, file: TensorFile, { config, preprocessor }: InferCardOptions): Promise<Backbone> {
  const detected = detectLayout(file.tensors.keys())
  if (!detected) return backbone
  const model = { file, ...detected, card: backbone.card, ...(config && { config }), ...(preprocessor && { preprocessor }) }
  const [classifier, depth] = [ownClassifier(model), ownDepth(model)]
  const heads = { ...(classifier && { 'classification/own': classifier }), ...(depth && { 'depth/own': depth }) }
  return classifier || depth ? { ...backbone, heads } : backbone
}
