import { assertNotAborted, type OnnxModel, type WeightsFile } from '@dinokit/core'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'
import { assertTemporaryRoom, temporaryError } from './temporary-room.ts'

/**
 * Gives `use` what onnxruntime loads a model from: the graph's bytes, or, where it has weights beside it, the path of a
 * temporary copy on disk, removed afterwards.
 *
 * @param model - graph and weights
 * @param signal - rejects between chunks of the weights
 * @param use - what is done with it
 * @param prefix - what the path of the copy's folder begins with, by {@link temporaryPrefix}
 * @throws DinokitError `disk-full`, `file-unwritable`, `aborted`, and what `use` throws
 */
export async function withModelFile<T>(
  model: OnnxModel,
  signal: AbortSignal | undefined,
  use: (file: string | Uint8Array) => Promise<T>,
  prefix?: string,
): Promise<T> {
  assertNotAborted(signal)
  if (!model.weights) return use(model.graph)
  const folder = temporaryFolder(model, prefix)
  try {
    folder.make()
    return await use(await writeModel(folder.path, model, signal))
  } finally {
    await folder.remove()
  }
}

/** Writes a model's graph and weights into a folder; the path that onnxruntime loads the model from. */
async function writeModel(folder: string, model: OnnxModel, signal: AbortSignal | undefined): Promise<string> {
  const path = join(folder, 'model.onnx')
  try {
    await assertTemporaryRoom(model)
    await writeFile(path, model.graph)
    if (model.weights) await writeWeights(join(folder, model.weights.location), model.weights, signal)
    return path
  } catch (cause) {
    throw temporaryError(model, cause)
  }
}

async function writeWeights(path: string, weights: WeightsFile, signal: AbortSignal | undefined): Promise<void> {
  await using file = await open(path, 'w')
  for await (const chunk of weights.chunks()) {
    assertNotAborted(signal)
    for (let written = 0; written < chunk.byteLength;) written += (await file.write(chunk, written)).bytesWritten
  }
}
