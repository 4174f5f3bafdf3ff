import { openTensorFile, readShardedTensors, type TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type ModelCard } from '@dinokit/core'
import { describeModel, type ModelDescription } from '@dinokit/onnx'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { canonicalFile, detectLayout, inferCard, type Layout } from '@dinokit/vit'
import { basename, dirname, extname, join } from 'node:path'
import { readConfigs, type ModelFolder } from './lib/model-folder.ts'
import { findWeights } from './lib/weight-files.ts'

/** Description of a checkpoint. */
export interface CheckpointReport {
  readonly format: 'safetensors' | 'pth' | 'onnx'
  /** Length of the tensors in bytes; of the file, for ONNX. */
  readonly bytes: number
  /** Whose names and shapes its tensors have, where a backbone is in it. */
  readonly layout?: Layout
  /** Number of tensors by element type. */
  readonly tensors?: Readonly<Record<string, number>>
  /** The card that dinokit makes of it, where a backbone is in it. */
  readonly card?: ModelCard
  /** Why there is no card. */
  readonly reason?: string
  /** Inputs, outputs and operator sets of an ONNX file. */
  readonly onnx?: ModelDescription
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Says what a checkpoint is without reading its weights.
 *
 * @param path - of a .pth, .safetensors or .onnx file, or of a folder in Hugging Face's layout
 * @throws DinokitError `file-not-found`, `file-unreadable`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function inspectCheckpoint(path: string): Promise<CheckpointReport> {
  const runtime = createNodeRuntime()
  const open = (file: string): ReturnType<typeof runtime.readAsset> => runtime.readAsset({ kind: 'file', path: file })
  if ((await runtime.statPath(path)) === 'folder') {
    const { file, source } = await findWeights({ name: path, open: (file) => open(join(path, file)) })
    await source.close()
    return inspectCheckpoint(join(path, file))
  }
  const source = await open(path)
  if (extname(path).toLowerCase() === '.onnx') {
    try {
      const onnx = describeModel(await source.read(0, source.size), path)
      return { format: 'onnx', bytes: source.size, onnx, metadata: onnx.metadata }
    } finally {
      await source.close()
    }
  }
  const file = /\.index(\.\w+)?\.json$/.test(path)
    ? await readShardedTensors(source, (shard) => open(join(dirname(path), shard)))
    : await openTensorFile(source)
  try {
    return await reportOf(file, path, (name) => open(join(dirname(path), name)))
  } finally {
    await file.close()
  }
}

async function reportOf(file: TensorFile, path: string, openBeside: ModelFolder['open']): Promise<CheckpointReport> {
  const tensors: Record<string, number> = {}
  let bytes = 0
  for (const { dtype, byteLength } of file.tensors.values()) {
    tensors[dtype] = (tensors[dtype] ?? 0) + 1
    bytes += byteLength
  }
  const report = { format: file.format, bytes, tensors, metadata: file.metadata }
  try {
    const configs = await readConfigs({ name: dirname(path), open: openBeside })
    const layout = detectLayout(file.tensors.keys())?.layout
    return { ...report, ...(layout && { layout }), card: inferCard(canonicalFile(file), { id: basename(path), ...configs }) }
  } catch (error) {
    if (!DinokitError.is(error)) throw error
    return { ...report, reason: error.message }
  }
}
