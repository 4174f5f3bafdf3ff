import { isAbsent } from '@dinokit/core'
import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { isAddress } from '@dinokit/image-files'

/** Key of the image's name in the metadata of our files. */
const KEY = 'source'
const PNG_KEYWORD = 'dinokit:source'
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** IEND, without data. */
const PNG_END = 12
/** Longest header of a safetensors file that is looked into. */
const LONGEST_HEADER = 10_000_000

/**
 * Returns the mark that the result at a path keeps of its image: the image's path from the result's folder, so that both can be moved together;
 * of an address no more than a server is told openly, and a digest.
 */
export function markOf(path: string, source: string): string {
  if (!isAddress(source))
    return relative(resolve(dirname(path)), resolve(source))
      .split(sep)
      .join('/')
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 8)
  const { protocol, host, pathname } = URL.canParse(source) ? new URL(source) : { protocol: '', host: '', pathname: '' }
  return protocol === 'data:' ? `data:${digest}` : `${protocol}//${host}${pathname}#${digest}`
}

/**
 * A result with its mark: of safetensors in the metadata, of PNG in a text chunk.
 *
 * @returns the file's bytes, in order
 */
export function withMark(bytes: Uint8Array, mark: string): Uint8Array[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.subarray(0, 8).equals(PNG_SIGNATURE)) {
    const end = file.length - PNG_END
    return [file.subarray(0, end), textChunk(mark), file.subarray(end)]
  }
  const length = Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as { __metadata__?: Record<string, string> }
  const text = JSON.stringify({ ...header, __metadata__: { ...header.__metadata__, [KEY]: mark } })
  const padded = Buffer.from(text)
  const whole = Buffer.alloc(8 + Math.ceil(padded.length / 8) * 8, ' ')
  whole.writeBigUInt64LE(BigInt(whole.length - 8), 0)
  padded.copy(whole, 8)
  return [whole, file.subarray(8 + length)]
}

/**
 * The mark of a result.
 *
 * @returns undefined where no file is there, an empty text where the file has none
 */
export async function readMark(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (cause) {
    // What can't be read can't be told from another's; writing says what is wrong.
    return isAbsent(cause) ? undefined : ''
  }
  try {
    const { size } = await file.stat()
    const head = await readAt(file, 0, 8)
    if (head.equals(PNG_SIGNATURE)) return markOfPng(await readAt(file, Math.max(0, size - LONGEST_TEXT), Math.min(size, LONGEST_TEXT)))
    const length = head.length === 8 ? Number(head.readBigUInt64LE(0)) : Infinity
    if (length > Math.min(size - 8, LONGEST_HEADER)) return ''
    const header = JSON.parse((await readAt(file, 8, length)).toString()) as { __metadata__?: Record<string, unknown> }
    const mark = header.__metadata__?.[KEY]
    return typeof mark === 'string' ? mark : ''
  } catch {
    return ''
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** A path is no longer; the chunk is the last before the end. */
const LONGEST_TEXT = 70_000

function markOfPng(tail: Buffer): string {
  const keyword = Buffer.from(`iTXt${PNG_KEYWORD}\0\0\0\0\0`)
  const at = tail.lastIndexOf(keyword)
  if (at < 4) return ''
  const length = tail.readUInt32BE(at - 4)
  return tail.toString('utf8', at + keyword.length, at + 4 + length)
}

/** Uncompressed, of no language: https://www.w3.org/TR/png-3/#11iTXt */
function textChunk(mark: string): Buffer {
  const typed = Buffer.concat([Buffer.from(`iTXt${PNG_KEYWORD}\0\0\0\0\0`), Buffer.from(mark)])
  const chunk = Buffer.alloc(typed.length + 8)
  chunk.writeUInt32BE(typed.length - 4, 0)
  typed.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(typed), chunk.length - 4)
  return chunk
}

/** The checksum of PNG's chunks; zlib's own is not in every Node 20. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
