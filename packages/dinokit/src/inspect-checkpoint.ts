import { openTensorFile, readShardedTensors, type TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type ByteSource, type ModelCard } from '@dinokit/core'
import { describeModel, type ModelDescription } from '@dinokit/onnx'
import { createNodeRuntime } from '@dinokit/runtime-node'
import {
  canonicalFile,
  rotaryFile,
  cardFromConfig,
  carriedCard,
  carriedWith,
  describeCard,
  detectLayout,
  ggufConfig,
  selectWeights,
  splitAdapter,
  withEmptyClassToken,
  type CardSource,
  type InferredCard,
  type Layout,
} from '@dinokit/vit'
import { basename, dirname, extname, join } from 'node:path'
import type { LoadOptions } from './load-backbone.ts'
import { placeAdapter } from './lib/load-unlisted.ts'
import { mergeAdapters } from './lib/merge-adapters.ts'
import { readConfigs, readConfigsNear, readTraining, type ModelFolder } from './lib/model-folder.ts'
import { findWeights } from './lib/weight-files.ts'

/** Description of a checkpoint. */
export interface CheckpointReport {
  readonly format: 'safetensors' | 'pth' | 'gguf' | 'onnx'
  /** Length of the tensors in bytes; of the file, for ONNX. */
  readonly bytes: number
  /** Whose names and shapes its tensors have, where a backbone is in it. */
  readonly layout?: Layout
  /** Number of tensors by element type. */
  readonly tensors?: Readonly<Record<string, number>>
  /** The card that dinokit makes of it, where a backbone is in it. */
  readonly card?: ModelCard
  /** Where each value of the card comes from, by its path, such as `architecture.heads`. */
  readonly sources?: Readonly<Record<string, CardSource>>
  /** Why there is no card. */
  readonly reason?: string
  /** Inputs, outputs and operator sets of an ONNX file. */
  readonly onnx?: ModelDescription
  readonly metadata?: Readonly<Record<string, string>>
}

/** Options of {@link inspectCheckpoint}. */
export type InspectOptions = Pick<LoadOptions, 'card' | 'weights' | 'output' | 'adapter'>

/**
 * Says what a checkpoint is without reading its weights.
 *
 * @param path - of a .pth, .safetensors or .onnx file, or of a folder in Hugging Face's layout
 * @param options - what the user says of the model
 * @throws DinokitError `file-not-found`, `file-unreadable`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function inspectCheckpoint(path: string, options: InspectOptions = {}): Promise<CheckpointReport> {
  const runtime = createNodeRuntime()
  const open = (file: string): ReturnType<typeof runtime.readAsset> => runtime.readAsset({ kind: 'file', path: file })
  if ((await runtime.statPath(path)) === 'folder') {
    const { file, source } = await findWeights({ name: path, open: (file) => open(join(path, file)) })
    await source.close()
    return inspectCheckpoint(join(path, file), options)
  }
  const source = await open(path)
  if (extname(path).toLowerCase() === '.onnx') {
    try {
      const onnx = describeModel(await source.read(0, source.size), path)
      const report = { format: 'onnx', bytes: source.size, onnx, metadata: onnx.metadata } as const
      return { ...report, ...(await orReason(() => onnxCard(path, onnx, open, options))) }
    } finally {
      await source.close()
    }
  }
  const file = /\.index(\.\w+)?\.json$/.test(path)
    ? await readShardedTensors(source, (shard) => open(join(dirname(path), shard)))
    : await openTensorFile(source)
  try {
    return await reportOf(file, path, (name) => open(join(dirname(path), name)), options)
  } finally {
    await file.close()
  }
}

async function reportOf(
  file: TensorFile,
  path: string,
  openBeside: ModelFolder['open'],
  { card, weights, adapter }: InspectOptions,
): Promise<CheckpointReport> {
  const tensors: Record<string, number> = {}
  let bytes = 0
  for (const { dtype, byteLength } of file.tensors.values()) {
    tensors[dtype] = (tensors[dtype] ?? 0) + 1
    bytes += byteLength
  }
  const layout = detectLayout(file.tensors.keys())?.layout
  const report = { format: file.format, bytes, tensors, metadata: file.metadata, ...(layout && { layout }) }
  const folder = { name: dirname(path), open: openBeside }
  const made = await orReason(async () => {
    const configs = { ...(await readTraining(folder)), ...(await readConfigs(folder)) }
    const selected = selectWeights(await rotaryFile(withEmptyClassToken(file)), weights)
    const places = adapter === undefined ? undefined : await placeAdapter(createNodeRuntime(), adapter, {})
    const plain = splitAdapter(selected)?.base ?? selected
    const chosen = canonicalFile(places ? await mergeAdapters(plain, places) : plain)
    const gguf = ggufConfig(file)
    const layout = detectLayout(chosen.tensors.keys())?.layout
    return {
      ...(layout && { layout }),
      ...describeCard(chosen, { id: basename(path), ...configs, ...(gguf && { config: gguf }), ...(card && { card }) }),
    }
  })
  return { ...report, ...made }
}

/** The card of an ONNX model: from a config.json beside it or above it, or the one that it carries. */
async function onnxCard(
  path: string,
  { metadata }: ModelDescription,
  open: (path: string) => Promise<ByteSource>,
  { card }: InspectOptions,
): Promise<InferredCard> {
  const about = await readConfigsNear(path, (name) => ({ name, open: (file) => open(join(name, file)) }))
  if (about.config) return cardFromConfig(path, { id: basename(path), ...about, ...(card && { card }) })
  const carried = carriedCard(metadata, path)
  if (carried) return carriedWith(carried, card)
  throw new DinokitError('model-unsupported', `${path} has no config.json beside it and carries no card.`, {
    expected: 'Hugging Face’s config.json in the same folder or the one above',
  })
}

async function orReason<T extends object>(make: () => Promise<T>): Promise<T | { readonly reason: string }> {
  try {
    return await make()
  } catch (error) {
    if (!DinokitError.is(error)) throw error
    return { reason: error.message }
  }
}
