import type { TensorFile } from '@dinokit/checkpoint'
import { assertNotNewer, DinokitError, renameKey } from '@dinokit/core'
import { HEAD_FILE_KEY, HEAD_FORMAT, type ClassInfo, type HeadDescription, type HeadFile, type HeadTensor } from './head-file.ts'
import { checkHead } from './lib/check-head.ts'

/**
 * Reads a head from a safetensors file that carries its description, of this format or an earlier one.
 *
 * @param file - the open file; it stays the caller's
 * @returns undefined where the file carries no description: it is no head file of dinokit's
 * @throws DinokitError `checkpoint-invalid` for an invalid description, `tensor-missing`, `tensor-invalid`;
 *   `contract-mismatch` where a newer dinokit wrote it
 */
export async function readHeadFile(file: TensorFile): Promise<HeadFile | undefined> {
  const text = file.metadata[HEAD_FILE_KEY]
  if (text === undefined) return undefined
  const head = { description: parse(file.name, text), tensors: await readTensors(file) }
  checkHead(file.name, head)
  return head
}

/**
 * Reads all of a head's tensors as float32.
 *
 * @param file - the open file
 */
export async function readTensors(file: TensorFile): Promise<Map<string, HeadTensor>> {
  const tensors = new Map<string, HeadTensor>()
  for (const [name, stored] of file.tensors) {
    // PyTorch's count of batches is no weight.
    if (!name.endsWith('num_batches_tracked')) tensors.set(name, { shape: stored.shape, data: await stored.readFloat32() })
  }
  return tensors
}

function parse(name: string, text: string): HeadDescription {
  let description: unknown
  try {
    description = JSON.parse(text)
  } catch (cause) {
    throw new DinokitError('checkpoint-invalid', `${name} has a description that is not JSON.`, { given: text.slice(0, 80), cause })
  }
  const { format } = (description ?? {}) as { readonly format?: unknown }
  if (typeof format === 'number') assertNotNewer(name, format, HEAD_FORMAT)
  if (format === HEAD_FORMAT) return description as HeadDescription
  if (format === 1) return fromFormat1(description as HeadDescription1)
  throw new DinokitError('checkpoint-invalid', `${name} is a head file of format ${String(format)}.`, {
    given: `format ${String(format)}`,
    expected: `a whole number from 1 to ${HEAD_FORMAT}`,
    hint: 'The file may be damaged.',
  })
}

/** A description of format 1, which called two things otherwise. */
type HeadDescription1 = Omit<HeadDescription, 'format'>

function fromFormat1({ classes, card, ...rest }: HeadDescription1): HeadDescription {
  const named = Array.isArray(classes)
    ? classes.map((each: ClassInfo | null) => renameKey(each ?? {}, 'colour', 'color') as ClassInfo)
    : undefined
  return { ...rest, format: HEAD_FORMAT, ...(named && { classes: named }), ...(card && { card: renameKey(card, 'licence', 'license') }) }
}
