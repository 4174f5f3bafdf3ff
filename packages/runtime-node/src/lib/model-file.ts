import { assertNotAborted, DinokitError, type OnnxModel, type WeightsFile } from '@dinokit/core'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeError } from './file-error.ts'

/**
 * Gives `use` what onnxruntime loads a model from: the graph's bytes, or, where it has weights beside it, the path of a
 * temporary copy on disk, removed afterwards.
 *
 * @throws DinokitError `disk-full`, `file-unwritable`, `aborted`, and what `use` throws
 */
export async function withModelFile<T>(
  model: OnnxModel,
  signal: AbortSignal | undefined,
  use: (file: string | Uint8Array) => Promise<T>,
): Promise<T> {
  assertNotAborted(signal)
  if (!model.weights) return use(model.graph)
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-')).catch((cause: unknown) => {
    throw writeError(tmpdir(), cause)
  })
  try {
    const path = join(folder, 'model.onnx')
    try {
      await writeFile(path, model.graph)
      await writeWeights(join(folder, model.weights.location), model.weights, signal)
    } catch (cause) {
      throw DinokitError.is(cause) ? cause : writeError(folder, cause)
    }
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeWeights(path: string, weights: WeightsFile, signal: AbortSignal | undefined): Promise<void> {
  await using file = await open(path, 'w')
  for await (const chunk of weights.chunks()) {
    assertNotAborted(signal)
    for (let written = 0; written < chunk.byteLength;) written += (await file.write(chunk, written)).bytesWritten
  }
}
