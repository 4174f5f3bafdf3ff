import { openTensorFile, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, blobSource, DinokitError, type AssetReference, type ByteSource, type HeadHost } from '@dinokit/core'
import type { HeadTask } from './head-file.ts'
import { publishedHead, publishedNames } from './published-heads.ts'

/**
 * Where a head's weights are: the name of a published head or of one that comes with the model; the path or address of a
 * `.safetensors` or `.pth` file; such a file itself, as a Blob, a File or its bytes.
 */
export type HeadWeights = string | Blob | Uint8Array | ArrayBuffer

/** A head's weights, found and open. Whoever opened them closes the file. */
export interface OpenWeights {
  readonly file: TensorFile
  /** The name that they were asked for by, where it was a name: what is not in the file, such as a range, follows from it. */
  readonly name?: string
}

/**
 * Finds and opens the weights of a head: from the model's own, by a published name, from disk, or from an address.
 *
 * @param host - that the head is attached to
 * @param task - of the head
 * @param weights - name, path, address, file or bytes
 * @throws DinokitError `head-unknown`, `file-not-found`, `checkpoint-invalid`, and those of downloads
 */
export async function openWeights(host: HeadHost, task: HeadTask, weights: HeadWeights): Promise<OpenWeights> {
  if (typeof weights !== 'string') return { file: await openTensorFile(sourceOf(task, weights)) }
  const open = async (reference: AssetReference): Promise<TensorFile> => {
    const { signal, onProgress } = host
    return openTensorFile(await host.runtime.readAsset(reference, { ...(signal && { signal }), ...(onProgress && { onProgress }) }))
  }
  const own = host.heads[`${task}/${weights}`]
  if (own) return { file: await (own.kind === 'own' ? openTensorFile(await own.open()) : open(own)), name: weights }
  const published = publishedHead(host.card, task, weights)
  if (published) return { file: await open(published), name: weights }
  if (/^https?:/i.test(weights)) return { file: await open({ kind: 'url', url: weights }) }
  if (looksLikePath(weights) || (await host.runtime.statPath(weights)) === 'file')
    return { file: await open({ kind: 'file', path: weights }) }
  throw unknownHead(host, task, weights)
}

/**
 * The name of the head that a model has where none was asked for: its own, or the best of the published ones that is small.
 *
 * @param host - that the head is attached to
 * @param task - of the head
 * @throws DinokitError `head-unknown` where there is none
 */
export function defaultWeights(host: HeadHost, task: HeadTask): string {
  const name = namesFor(host, task)[0]
  if (name === undefined) throw unknownHead(host, task, undefined)
  return name
}

function namesFor({ card, heads }: HeadHost, task: HeadTask): string[] {
  const own = Object.keys(heads).flatMap((name) => (name.startsWith(`${task}/`) ? [name.slice(task.length + 1)] : []))
  return [...own, ...publishedNames(card, task)]
}

function unknownHead(host: HeadHost, task: HeadTask, name: string | undefined): DinokitError {
  const names = namesFor(host, task)
  const what =
    name === undefined
      ? `There is no ${task} head for ${host.card.id} by default`
      : `There is no ${task} head ${JSON.stringify(name)} for ${host.card.id}`
  return new DinokitError('head-unknown', `${what}.`, {
    given: name ?? 'no weights',
    expected: [...names, 'the path, address or bytes of a .safetensors or .pth file'].join(', or '),
    ...(names.length === 0 && {
      hint: 'Meta’s heads answer for the weights that they were trained on: open those by name, such as dinov2-small, or give the file of a head that was made for these.',
    }),
  })
}

function sourceOf(task: HeadTask, weights: Blob | Uint8Array | ArrayBuffer): ByteSource {
  if (weights instanceof Blob)
    return blobSource('name' in weights && typeof weights.name === 'string' ? weights.name : `the ${task} head`, weights)
  return bytesSource(`the ${task} head`, weights instanceof Uint8Array ? weights : new Uint8Array(weights))
}

function looksLikePath(text: string): boolean {
  return /^[./~\\]|^[a-z]:[\\/]|^file:/i.test(text) || /\.(pth|pt|safetensors)$/i.test(text)
}
