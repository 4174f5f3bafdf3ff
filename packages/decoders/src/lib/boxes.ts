import { textAt, viewOf } from './bytes.ts'

/** A box of an ISO base media file: what it is called, and where its contents are. */
export interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** The boxes one after the other in a part of a file (ISO/IEC 14496-12, 4.2). */
export function* boxesIn(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  const view = viewOf(bytes)
  for (let at = start; at + 8 <= end;) {
    const short = view.getUint32(at)
    const header = short === 1 ? 16 : 8
    if (at + header > end) return
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short
    if (length < header) return
    yield { type: textAt(bytes, at + 4), start: at + header, end: Math.min(end, at + length) }
    at += length
  }
}

/** The first box of a type. */
export function boxIn(bytes: Uint8Array, { start, end }: Omit<Box, 'type'>, type: string): Box | undefined {
  for (const box of boxesIn(bytes, start, end)) if (box.type === type) return box
  return undefined
}
