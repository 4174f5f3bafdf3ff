import type { ByteSource } from '@dinokit/core'
import { readSafetensors } from './read-safetensors.ts'
import type { TensorFile } from './tensor-file.ts'

/**
 * Opens a file of tensors by what it holds, not by its name: a PyTorch .pth (zip, or of before 1.6), GGUF or safetensors.
 *
 * @param source - of the file; belongs to the result, and is closed where this fails
 * @throws DinokitError as `readPth` and {@link readSafetensors}
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  try {
    const head = await source.read(0, Math.min(source.size, 16))
    const startsWith = (...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte)
    // Loaded when they are needed: most pages never open a pickle.
    if (startsWith(0x50, 0x4b, 3, 4)) return await (await import('./read-pth.ts')).readPth(source)
    if (startsWith(0x47, 0x47, 0x55, 0x46)) return await (await import('./read-gguf.ts')).readGguf(source)
    if (startsWith(0x80, 2, 0x8a, 10)) {
      const legacy = await import('./read-legacy-pth.ts')
      if (legacy.isLegacyPth(head)) return await legacy.readLegacyPth(source)
    }
    return await readSafetensors(source)
  } catch (error) {
    await source.close()
    throw error
  }
}
