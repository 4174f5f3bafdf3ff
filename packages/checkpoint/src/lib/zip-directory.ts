import { decodeText, type ByteSource } from '@dinokit/core'
import { invalid, unsafe } from './refuse.ts'

/** An entry of a zip file. */
export interface ZipEntry {
  readonly name: string
  readonly size: number
  /** Where its bytes start in the file. */
  readonly offset: number
  /** Whether it is compressed: such an entry is never read. */
  readonly compressed: boolean
}

interface ListedEntry extends Omit<ZipEntry, 'offset'> {
  readonly header: number
}

const END_SIGNATURE = 0x06054b50
const END64_SIGNATURE = 0x06064b50
const LOCATOR64_SIGNATURE = 0x07064b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const LARGEST_DIRECTORY = 64_000_000

/**
 * Reads a zip file's directory, zip64 included (PKWARE's APPNOTE 6.3.10), for PyTorch's files: their entries are never
 * compressed, so nothing is inflated here and no zip bomb can go off.
 *
 * @throws DinokitError `checkpoint-invalid` where it is no zip file, `checkpoint-unsafe` where entries overlap or lie outside
 *   the file
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { name, size } = source
  const { count, offset, length } = await findDirectory(source)
  if (length > LARGEST_DIRECTORY || offset + length > size || count * 46 > length) {
    throw unsafe(
      name,
      `says that its directory of ${count} entries has ${length} bytes at ${offset}`,
      `a directory inside its ${size} bytes`,
    )
  }
  const view = viewOf(await source.read(offset, length))
  const listed: ListedEntry[] = []
  for (let at = 0, index = 0; index < count; index++) {
    if (at + 46 > length || view.getUint32(at, true) !== ENTRY_SIGNATURE) throw invalid(name, 'has a damaged directory')
    const [nameLength, extraLength, commentLength] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ]
    const next = at + 46 + nameLength + extraLength + commentLength
    if (next > length) throw invalid(name, 'has a damaged directory')
    const entry = decodeText(`A name in ${name}`, new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength), 'checkpoint-invalid')
    const compressed = view.getUint16(at + 10, true) !== 0
    const fields = { size: view.getUint32(at + 24, true), compressed: view.getUint32(at + 20, true), header: view.getUint32(at + 42, true) }
    readZip64Extra(view, at + 46 + nameLength, extraLength, fields)
    if (!compressed && fields.compressed !== fields.size)
      throw unsafe(name, `says that entry ${entry} has ${fields.size} and ${fields.compressed} bytes`)
    listed.push({ name: entry, size: fields.compressed, header: fields.header, compressed })
    at = next
  }
  return locate(source, listed, offset)
}

/** Reads each entry's own header and checks that no two entries share bytes. */
async function locate(source: ByteSource, listed: readonly ListedEntry[], end: number): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = []
  let free = 0
  for (const { name, size, header, compressed } of [...listed].sort((a, b) => a.header - b.header)) {
    if (header < free || header + 30 > end)
      throw unsafe(source.name, `places entry ${name} at ${header}`, `${free} or beyond, before the directory at ${end}`)
    const local = viewOf(await source.read(header, 30))
    if (local.getUint32(0, true) !== LOCAL_SIGNATURE) throw invalid(source.name, `has no entry ${name} where its directory says`)
    const offset = header + 30 + local.getUint16(26, true) + local.getUint16(28, true)
    if (offset + size > end) throw unsafe(source.name, `says that entry ${name} has ${size} bytes`, `at most ${end - offset}`)
    free = offset + size
    entries.push({ name, size, offset, compressed })
  }
  return entries
}

async function findDirectory(source: ByteSource): Promise<{ count: number; offset: number; length: number }> {
  const tailLength = Math.min(source.size, 22 + 65_535)
  const tailStart = source.size - tailLength
  const tail = viewOf(await source.read(tailStart, tailLength))
  let at = tailLength - 22
  while (at >= 0 && tail.getUint32(at, true) !== END_SIGNATURE) at--
  if (at < 0) throw invalid(source.name, 'has no zip directory at its end', 'a .pth file that torch.save wrote')
  const found = { count: tail.getUint16(at + 10, true), length: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) }
  if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR64_SIGNATURE) return found
  const end64 = uint64(tail, at - 20 + 8)
  if (end64 + 56 > source.size) throw unsafe(source.name, `places its zip64 directory at ${end64}`)
  const record = viewOf(await source.read(end64, 56))
  if (record.getUint32(0, true) !== END64_SIGNATURE) throw invalid(source.name, 'has a damaged zip64 directory')
  return { count: uint64(record, 32), length: uint64(record, 40), offset: uint64(record, 48) }
}

/** The 64-bit values of an entry, in place of 32-bit ones that are all ones. */
function readZip64Extra(view: DataView, start: number, length: number, fields: { size: number; compressed: number; header: number }): void {
  for (let at = start; at + 4 <= start + length;) {
    const [id, bytes] = [view.getUint16(at, true), view.getUint16(at + 2, true)]
    let value = at + 4
    const end = Math.min(value + bytes, start + length)
    if (id === 1) {
      for (const field of ['size', 'compressed', 'header'] as const) {
        if (fields[field] !== 0xffffffff || value + 8 > end) continue
        fields[field] = uint64(view, value)
        value += 8
      }
    }
    at += 4 + bytes
  }
}

function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
