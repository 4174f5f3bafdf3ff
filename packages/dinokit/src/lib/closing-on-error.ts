import type { TensorFile } from '@dinokit/checkpoint'

/** Makes something of a file, which is closed where that fails. */
export async function closingOnError<T>(file: TensorFile, make: (file: TensorFile) => Promise<T>): Promise<T> {
  try {
    return await make(file)
  } catch (error) {
    await file.close()
    throw error
  }
}
