import { openTensorFile, type TensorFile } from '@dinokit/checkpoint'
import type { ByteSource, ModelCard } from '@dinokit/core'
import { familiesOf } from '@dinokit/core/relatives'
import { HEAD_FILE_KEY, readHeadFile, type HeadDescription } from '@dinokit/head-kit'
import { ifThere } from '@dinokit/runtime-node'
import { openStoreFile, type Store } from '@dinokit/store'
import { readdir } from 'node:fs/promises'
import { extname } from 'node:path'
import { inspectCheckpoint, type CheckpointReport, type InspectOptions } from 'dinokit'
import { describeBytes, describeShape } from '../output/describe-bytes.ts'
import { openStore } from './open-store.ts'
import { describeLayout, describeStore, readStoreInfo } from '../output/store-info.ts'
import { commandRuntime } from './command-runtime.ts'

/** Description of a file or a folder. */
export interface Inspection {
  /** Plain data. `kind` is `checkpoint`, `head`, `store`, `exported store` or `tensors`. */
  readonly report: { readonly kind: string }
  /** For people. */
  readonly text: string
}

/**
 * Says what a file or a folder is by what is in it: a checkpoint, a head, a store, an exported store, or tensors such as those
 * of `dinokit embed`. Weights and rows are not read, but for a head’s, which is checked.
 *
 * @throws DinokitError of `inspectCheckpoint`, `openStore`, `openStoreFile` and `readHeadFile`
 */
export async function inspectPath(path: string, options: InspectOptions = {}): Promise<Inspection> {
  if (/^(?:s3|gs|az|abfss?):\/\//i.test(path) || (await isStore(path))) return inspectStore(path)
  if (extname(path).toLowerCase() === '.onnx' || (await commandRuntime().statPath(path)) === 'folder') return checkpointAt(path, options)
  const source = await commandRuntime().readAsset({ kind: 'file', path })
  try {
    const magic = new TextDecoder().decode(await source.read(0, Math.min(4, source.size)))
    if (magic === 'PAR1') return await inspectStoreFile(path, source, 'Parquet')
    if (extname(path).toLowerCase() !== '.safetensors') return await checkpointAt(path, options)
    const file = await openTensorFile({ ...source, close: async () => {} })
    if (file.metadata[HEAD_FILE_KEY] !== undefined) return await inspectHead(path, source.size, file)
    if (file.metadata.dinokit !== undefined) return await inspectStoreFile(path, source, 'safetensors')
    if (file.metadata.fingerprint !== undefined || file.metadata.task !== undefined) return inspectTensors(path, source.size, file)
    return await checkpointAt(path, options)
  } finally {
    await source.close()
  }
}

/** LanceDB keeps each of its tables in a folder of this ending. */
async function isStore(path: string): Promise<boolean> {
  return ((await ifThere(path, readdir(path))) ?? []).some((name) => name.endsWith('.lance'))
}

async function inspectStore(path: string): Promise<Inspection> {
  await using store: Store = await openStore(path)
  const info = await readStoreInfo(store)
  return { report: { kind: 'store', ...info }, text: describeStore(path, info) }
}

async function inspectStoreFile(path: string, source: ByteSource, format: string): Promise<Inspection> {
  const { layout, count } = await openStoreFile(source)
  const report = { kind: 'exported store', format: format.toLowerCase(), bytes: source.size, rows: count, ...layout }
  const first = `${path}: ${count} rows of a store, exported as ${format}, ${describeBytes(source.size)}`
  return { report, text: [first, ...describeLayout(layout)].join('\n') }
}

async function inspectHead(path: string, bytes: number, file: TensorFile): Promise<Inspection> {
  const { description, tensors } = (await readHeadFile(file))!
  const shapes = Object.fromEntries(Array.from(tensors, ([name, { shape }]) => [name, shape]))
  const report = { kind: 'head', format: 'safetensors', bytes, description, tensors: shapes }
  return { report, text: [`${path}: a head for ${description.task}, ${describeBytes(bytes)}`, ...headLines(description)].join('\n') }
}

function headLines({ name, backbone, input, network, output, classes, trainedOn, card = {} }: HeadDescription): string[] {
  const names = classes?.map((of) => of.name) ?? []
  const shown = names.length > 12 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} others` : names.join(', ')
  const range = output.kind === 'classes' ? [] : [`  range    ${output.min} to ${output.max} m, by ${output.kind}`]
  const told = Object.entries(card).filter(([, value]) => value !== undefined && value !== null)
  return [
    `  name     ${name}`,
    `  model    ${backbone.model ?? 'any'}${backbone.weights === undefined ? '' : `, weights ${backbone.weights.slice(0, 12)}`}, dim ${backbone.dim}`,
    `  input    ${input.tokens.join(' and ')} of layers ${input.layers.join(', ')}${input.size === undefined ? '' : `, at ${sizeWords(input.size)}`}`,
    `  network  ${network.map(({ kind }) => kind).join(', ')}`,
    ...(names.length > 0 ? [`  classes  ${names.length}: ${shown}`] : []),
    ...range,
    ...(trainedOn ? [`  trained  on ${trainedOn.rows} images`] : []),
    ...told.map(([key, value]) => `  ${key.padEnd(8)} ${inWords(value)}`),
  ]
}

function sizeWords(size: unknown): string {
  if (typeof size !== 'object' || size === null) return String(size)
  return Object.entries(size)
    .map(([side, pixels]) => `${side} ${pixels}`)
    .join(', ')
}

function inspectTensors(path: string, bytes: number, { metadata, tensors }: TensorFile): Inspection {
  const shapes = Object.fromEntries(Array.from(tensors, ([name, { shape }]) => [name, shape]))
  const { model, task } = metadata
  const what = task === undefined ? `tokens of an image${model === undefined ? '' : ` by ${model}`}` : `an answer of a head for ${task}`
  const lines = Array.from(tensors, ([name, { dtype, shape }]) => `  ${name.padEnd(18)} ${dtype} ${describeShape(shape)}`)
  return {
    report: { kind: 'tensors', format: 'safetensors', bytes, tensors: shapes, metadata } as Inspection['report'],
    text: [`${path}: ${what}, ${describeBytes(bytes)}`, ...lines].join('\n'),
  }
}

async function checkpointAt(path: string, options: InspectOptions): Promise<Inspection> {
  const report = await inspectCheckpoint(path, options)
  return { report: { kind: 'checkpoint', ...report }, text: describeCheckpoint(path, report) }
}

function describeCheckpoint(
  path: string,
  { format, bytes, tensors = {}, layout, card, sources, reason, onnx, metadata }: CheckpointReport,
): string {
  const types = Object.entries(tensors)
    .map(([dtype, count]) => `${count} ${dtype}`)
    .join(', ')
  const ports = (of: NonNullable<CheckpointReport['onnx']>['inputs']): string =>
    of.map(({ name, dtype, shape }) => `${name} ${dtype ?? 'of another type'} ${describeShape(shape)}`).join(', ')
  return [
    `${path}: ${format === 'onnx' ? 'an ONNX model' : `a checkpoint, ${format}`}, ${describeBytes(bytes)}${types && `, tensors: ${types}`}`,
    ...(onnx
      ? [
          `  takes    ${ports(onnx.inputs)}`,
          `  gives    ${ports(onnx.outputs)}`,
          `  opsets   ${Object.entries(onnx.opsets)
            .map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`)
            .join(', ')}`,
        ]
      : []),
    ...(card ? cardLines(card, sources ?? {}, layout) : []),
    ...(reason === undefined ? [] : [`  no model ${reason}`]),
    ...Object.entries(metadata ?? {})
      .filter(([key]) => !key.startsWith('dinokit'))
      .map(([key, value]) => `  ${key.padEnd(8)} ${value.length > 200 ? `${value.slice(0, 200)}…` : value}`),
  ].join('\n')
}

/** Lines of a card, each value with where it comes from. */
function cardLines(card: ModelCard, sources: NonNullable<CheckpointReport['sources']>, layout?: string): string[] {
  const { id, description, architecture, interpolation, embedding, preprocessing, parameters, license, origin } = card
  const published = license === 'unknown' ? familiesOf(card).map((of) => `${of.license} (${of.family})`) : []
  const {
    patch,
    dim,
    depth,
    heads,
    ffn,
    registers,
    positionGrid,
    layerNormEps,
    finalNormEps,
    activation = 'gelu',
    pooling = 'cls',
    channels = 3,
  } = architecture
  const { shortest, aspect = 'keep', crop, cropStart = 'even', filter, mean, std, resampler = 'pillow' } = preprocessing
  const stored = positionGrid[0] > 0
  const from = (path: string): string => (sources[path] === undefined ? '' : ` (${sources[path]})`)
  const of = (path: string, text: string): string => `${text}${from(path)}`
  return [
    `  model    ${id}${description && description !== id ? `: ${description}` : ''}`,
    `  network  ${(parameters / 1e6).toFixed(1)} M parameters; patch ${patch}, dim ${dim}, depth ${depth}, ${ffn}, ${channels === 3 ? '' : `channels ${channels}, `}registers ${registers}${stored ? `, positions ${positionGrid.join('x')}` : ''}${from('architecture.dim')}`,
    `           ${[
      of('architecture.heads', `heads ${heads}`),
      of('architecture.layerNormEps', `eps ${layerNormEps}`),
      ...(finalNormEps === undefined ? [] : [of('architecture.finalNormEps', `last eps ${finalNormEps}`)]),
      ...(ffn === 'mlp' ? [of('architecture.activation', `activation ${activation}`)] : []),
      ...(pooling === 'cls' ? [] : [of('architecture.pooling', 'no class token, pooling by the mean')]),
      ...(embedding === undefined ? [] : [of('embedding', `embedding ${embedding}`)]),
      of('interpolation', stored ? `positions resampled by ${interpolation}` : `positions ${interpolation}`),
    ].join(', ')}`,
    `  input    ${[
      of('preprocessing.shortest', `${shortest} on ${aspect === 'keep' ? 'the shorter side' : 'both sides'}`),
      of('preprocessing.crop', `crop ${crop}`),
      ...(cropStart === 'even' ? [] : [of('preprocessing.cropStart', `its start by ${cropStart}`)]),
      of('preprocessing.filter', filter),
      of('preprocessing.mean', `mean ${mean.join(', ')}`),
      of('preprocessing.std', `std ${std.join(', ')}`),
      of('preprocessing.resampler', `resized by ${resampler}`),
      'alpha dropped',
    ].join('; ')}`,
    ...(layout === undefined || !stored ? [] : [`  names    as ${layout} has them`]),
    `  license  ${license}${published.length > 0 ? `; of the published weights of this shape: ${published.join(', ')}` : ''}`,
    `  from     ${origin}`,
  ]
}

/** A value of a card: `top1 0.8, loss 0.6` of an object. */
function inWords(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  if (Array.isArray(value)) return value.map(inWords).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  const nested = (of: unknown): string => (typeof of === 'object' && of !== null ? `(${inWords(of)})` : inWords(of))
  return Object.entries(value)
    .map(([key, of]) => `${key} ${nested(of)}`)
    .join(', ')
}
