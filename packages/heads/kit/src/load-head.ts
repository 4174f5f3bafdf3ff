import { assertFingerprint, DinokitError, type Fingerprint, type HeadHost } from '@dinokit/core'
import type { TensorFile } from '@dinokit/checkpoint'
import type { HeadDescription, HeadFile, HeadTask, HeadTensor } from './head-file.ts'
import { readHeadFile, readTensors } from './read-head-file.ts'

/** Way to understand files that carry no description of dinokit's: by their tensors' names and shapes. */
export type Recognize = (file: TensorFile, tensors: ReadonlyMap<string, HeadTensor>) => HeadFile | undefined

/**
 * Reads a head for a model: dinokit's own file, or one that `recognize` knows; and refuses one that is for another.
 *
 * @param host - that the head is attached to
 * @param task - that the head must have
 * @param file - the open file; it stays the caller's
 * @param recognize - for files of others
 * @throws DinokitError `checkpoint-invalid`, `tensor-missing`, `tensor-invalid`, `model-unsupported` for another width or
 *   depth, `fingerprint-mismatch` for another backbone of that width
 */
export async function loadHead(host: HeadHost, task: HeadTask, file: TensorFile, recognize: Recognize): Promise<HeadFile> {
  const head = (await readHeadFile(file)) ?? recognize(file, await readTensors(file))
  if (!head) throw unrecognized(file, task)
  const { description } = head
  if (description.task !== task) {
    throw new DinokitError('checkpoint-invalid', `${file.name} is a head for ${description.task}.`, {
      given: description.task,
      expected: task,
      hint: `Load it by ${description.task}({ weights }).`,
    })
  }
  assertFits(host, file.name, description)
  return description.output.kind === 'classes' && !description.classes ? withNumbers(head) : head
}

/**
 * A file of tensors in which no head is found.
 *
 * @param file - the open file
 * @param task - that was asked for
 */
export function unrecognized(file: TensorFile, task: HeadTask): DinokitError {
  const shown = [...file.tensors.values()].slice(0, 4).map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
  return new DinokitError('checkpoint-invalid', `${file.name} holds no known ${task} head.`, {
    given: `tensors such as ${shown.join(', ') || 'none'}`,
    expected: 'a head file of dinokit’s, or one of Meta’s heads for this task',
  })
}

/** A head whose classes have no names: their numbers are. */
function withNumbers({ description, tensors }: HeadFile): HeadFile {
  const last = description.network.findLastIndex(({ kind }) => kind === 'linear' || kind === 'convolution')
  const count = tensors.get(`network.${last}.weight`)!.shape[0]!
  return { description: { ...description, classes: Array.from({ length: count }, (_, index) => ({ name: `class ${index}` })) }, tensors }
}

function assertFits(host: HeadHost, name: string, { backbone, input }: HeadDescription): void {
  const { card, fingerprint, onNote } = host
  const { dim, depth, heads } = card.architecture
  if (backbone.dim !== dim) {
    throw new DinokitError(
      'model-unsupported',
      `${name} is for tokens of width ${backbone.dim}, and ${card.id} has tokens of width ${dim}.`,
      {
        given: `${backbone.model ?? 'a backbone'} of width ${backbone.dim}`,
        expected: `${card.id} of width ${dim}`,
        hint: 'Open the model that the head was made for.',
      },
    )
  }
  if (input.tokens.includes('attention') && backbone.heads !== heads) {
    throw new DinokitError('model-unsupported', `${name} reads the attention of ${backbone.heads} heads, and ${card.id} has ${heads}.`, {
      given: `${backbone.model ?? 'a backbone'} of ${backbone.heads} heads`,
      expected: `${card.id} of ${heads} heads`,
      hint: 'Open the model that the head was made for.',
    })
  }
  const layer = input.layers.find((layer) => layer > depth)
  if (layer !== undefined) {
    throw new DinokitError('model-unsupported', `${name} reads layer ${layer}, and ${card.id} has ${depth}.`, {
      given: `layers ${input.layers.join(', ')}`,
      expected: `layers from 1 to ${depth}`,
      hint: 'Open the model that the head was made for.',
    })
  }
  for (const note of assertFingerprint(name, madeFor(backbone, fingerprint), fingerprint, host)) onNote?.(`${name}: ${note}`)
}

/**
 * The fingerprint that a head was made for: what its file does not say is as it is. What the model is called does not matter, and
 * before fingerprints said who resizes, Pillow's way did.
 */
function madeFor(backbone: HeadDescription['backbone'], host: Fingerprint): Fingerprint {
  const said = backbone.weights === undefined ? host : without(host, ['rounded'])
  const first = backbone.weights !== undefined && backbone.version === undefined
  return { ...said, ...(first && { resampler: 'pillow' }), ...without(backbone, ['dim', 'heads']), model: host.model }
}

function without<T extends object, Key extends keyof T>(value: T, keys: readonly Key[]): Omit<T, Key> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(keys as readonly string[]).includes(key))) as Omit<T, Key>
}
