import { DinokitError, type DinokitErrorCode } from '../contract/dinokit-error.ts'

/** Marks that text may begin with, and what it is then. */
const MARKS: readonly { readonly starts: readonly number[]; readonly encoding: string }[] = [
  { starts: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { starts: [0xff, 0xfe], encoding: 'utf-16le' },
  { starts: [0xfe, 0xff], encoding: 'utf-16be' },
]

/**
 * The text of a file: UTF-8, or UTF-16 where its first bytes say so. Nothing is ever replaced by a sign for what can't be read.
 *
 * @param name - of the file, for messages
 * @param bytes - of the file
 * @param code - of the error
 * @throws DinokitError of the given code where it is no such text
 */
export function decodeText(name: string, bytes: Uint8Array, code: DinokitErrorCode): string {
  const encoding = MARKS.find(({ starts }) => starts.every((byte, i) => bytes[i] === byte))?.encoding ?? 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (cause) {
    throw notText(name, bytes, { code, encoding, cause })
  }
  throw notText(name, bytes, { code, encoding })
}

/** Why bytes are no text. */
interface NotText {
  readonly code: DinokitErrorCode
  /** The encoding that they should have. */
  readonly encoding: string
  readonly cause?: unknown
}

function notText(name: string, bytes: Uint8Array, { code, encoding, cause }: NotText): DinokitError {
  return new DinokitError(code, `${name} is not valid ${encoding.toUpperCase()} text.`, {
    given: `${bytes.length} bytes, ${cause === undefined ? 'zeros among them' : 'some of which are not valid'}`,
    expected: 'text in UTF-8, or in UTF-16 with its mark',
    hint: 'Save it as UTF-8; older programs write other encodings.',
    ...(cause !== undefined && { cause }),
  })
}
