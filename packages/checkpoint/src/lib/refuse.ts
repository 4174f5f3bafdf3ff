import { DinokitError } from '@dinokit/core'

/** A file that is not what it should be: damaged, truncated or of another kind. */
export function invalid(file: string, what: string, expected?: string, hint = 'The file may be damaged: fetch it again.'): DinokitError {
  return new DinokitError('checkpoint-invalid', `${file} ${what}.`, { given: what, ...(expected && { expected }), hint })
}

/** A file that asks for what no honest file needs. */
export function unsafe(file: string, what: string, expected?: string): DinokitError {
  return new DinokitError('checkpoint-unsafe', `${file} ${what}.`, {
    given: what,
    ...(expected && { expected }),
    hint: 'Do not load it, unless you know why it says so.',
  })
}

/** Beginnings of files that are often found in the place of weights, as bytes. */
const FOREIGN: readonly { readonly starts: readonly number[]; readonly kind: string }[] = [
  { starts: [0x89, 0x50, 0x4e, 0x47], kind: 'is an image, not weights' },
  { starts: [0xff, 0xd8, 0xff], kind: 'is an image, not weights' },
  { starts: [0x47, 0x49, 0x46, 0x38], kind: 'is an image, not weights' },
  { starts: [0x89, 0x48, 0x44, 0x46], kind: 'is an HDF5 file (Keras, TensorFlow), which is not read here' },
  { starts: [0x6c, 0x6d, 0x67, 0x67], kind: 'is a file of ggml’s old format, which is not read here: convert it to GGUF' },
  { starts: [0x1f, 0x8b], kind: 'is a gzip file: unpack it first' },
  ...[2, 3, 4, 5].map((protocol) => ({
    starts: [0x80, protocol],
    kind: 'is a bare pickle, which is never run here',
  })),
]

const FOREIGN_TEXT: readonly { readonly starts: RegExp; readonly kind: string }[] = [
  { starts: /^<(!doctype|html|head|\?xml)/, kind: 'is a web page, not weights' },
  { starts: /^version https:\/\/git-lfs/, kind: 'is a Git LFS pointer, not the weights that it points to' },
  { starts: /^\{\s*"(error|message)/, kind: 'is a server’s error message, not weights' },
]

/** Describes a file that is no checkpoint, by its first bytes; undefined where it looks like none of these. */
export function foreignKind(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'is empty'
  // A safetensors header may have any length, and so its file any first bytes; its text begins at byte 8.
  if (head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0)) return undefined
  const text = new TextDecoder().decode(head).trimStart().toLowerCase()
  return (
    FOREIGN.find(({ starts }) => starts.every((byte, i) => head[i] === byte))?.kind ??
    FOREIGN_TEXT.find(({ starts }) => starts.test(text))?.kind
  )
}
