import { toFloat16, writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type AnyTensor } from '@dinokit/core'
import { HEAD_FILE_KEY, type HeadFile } from './head-file.ts'
import { checkHead } from './lib/check-head.ts'

/** Options of {@link writeHeadFile}. */
export interface WriteHeadOptions {
  /** Number format of its tensors. BatchNorm’s running statistics stay float32, whose range they may need. Default float32. */
  readonly precision?: 'float32' | 'float16'
}

/**
 * Writes a head as one safetensors file.
 *
 * @param head - description and tensors
 * @param options - precision
 * @returns the file's bytes
 * @throws DinokitError `tensor-missing`, `tensor-invalid`, `checkpoint-invalid` where it could not be read again
 */
export function writeHeadFile(head: HeadFile, { precision = 'float32' }: WriteHeadOptions = {}): Uint8Array {
  checkHead(`head ${head.description.name}`, head)
  const tensors: Record<string, AnyTensor> = {}
  for (const [name, { data, shape }] of head.tensors) {
    const exact = precision === 'float32' || /running_(?:mean|var)$/.test(name)
    tensors[name] = exact ? tensor('float32', data, shape) : tensor('float16', toFloat16(data), shape)
  }
  return writeSafetensors(tensors, { [HEAD_FILE_KEY]: JSON.stringify(head.description) })
}
