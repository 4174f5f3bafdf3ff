import { writeSafetensors } from '@dinokit/checkpoint'
import { tensor, type AnyTensor } from '@dinokit/core'
import { HEAD_FILE_KEY, type HeadFile } from './head-file.ts'
import { checkHead } from './lib/check-head.ts'

/**
 * Writes a head as one safetensors file.
 *
 * @param head - description and tensors
 * @returns the file's bytes
 * @throws DinokitError `tensor-missing`, `tensor-invalid`, `checkpoint-invalid` where it could not be read again
 */
export function writeHeadFile(head: HeadFile): Uint8Array {
  checkHead(`head ${head.description.name}`, head)
  const tensors: Record<string, AnyTensor> = {}
  for (const [name, { data, shape }] of head.tensors) tensors[name] = tensor('float32', data, shape)
  return writeSafetensors(tensors, { [HEAD_FILE_KEY]: JSON.stringify(head.description) })
}
