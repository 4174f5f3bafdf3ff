import type { ByteSource } from '@dinokit/core'
import { readSafetensors } from './read-safetensors.ts'
import type { TensorFile } from './tensor-file.ts'

/**
 * Opens a file of tensors by what it holds, not by its name: a PyTorch .pth (zip) or safetensors.
 *
 * @param source - of the file; belongs to the result, and is closed where this fails
 * @throws DinokitError as `readPth` and {@link readSafetensors}
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  try {
    const head = await source.read(0, Math.min(source.size, 4))
    const zip = head.length === 4 && head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4
    if (!zip) return await readSafetensors(source)
    // Loaded when it is needed: most pages never open a pickle.
    const pth = await import('./read-pth.ts')
    return await pth.readPth(source)
  } catch (error) {
    await source.close()
    throw error
  }
}
