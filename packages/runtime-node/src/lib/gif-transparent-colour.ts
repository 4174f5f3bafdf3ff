/**
 * The colour that a GIF's first frame has in its palette where it is transparent, which decoders throw away and Pillow
 * keeps (GIF89a specification, 18 to 23).
 *
 * @returns [red, green, blue], or undefined where nothing is transparent or the file is cut short
 */
export function gifTransparentColour(bytes: Uint8Array): readonly [number, number, number] | undefined {
  let index: number | undefined
  let at = 13 + paletteBytes(bytes[10])
  while (at < bytes.length) {
    const block = bytes[at]
    if (block === IMAGE) {
      const local = paletteBytes(bytes[at + 9])
      const palette = local > 0 ? at + 10 : 13
      if (index === undefined || index * 3 >= (local || paletteBytes(bytes[10]))) return undefined
      const colour = bytes.subarray(palette + index * 3, palette + index * 3 + 3)
      return colour.length === 3 ? [colour[0]!, colour[1]!, colour[2]!] : undefined
    }
    if (block !== EXTENSION) return undefined
    if (bytes[at + 1] === GRAPHIC_CONTROL && (bytes[at + 3]! & 1) === 1) index = bytes[at + 6]
    at += 2
    while (bytes[at]) at += 1 + bytes[at]!
    at++
  }
  return undefined
}

const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xf9
const IMAGE = 0x2c

/** Length of the palette that a packed field announces. */
function paletteBytes(packed = 0): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0
}
