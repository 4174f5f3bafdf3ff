/**
 * Puts red first and leaves the fourth byte out, four pixels (three words) at a time: several times faster than byte by
 * byte. Little-endian, as all engines are.
 *
 * @param bgrx - a word a pixel
 * @returns [pixels][3]
 */
export function bgrxToRgb(bgrx: Int32Array): Uint8Array {
  const words = new Int32Array(Math.ceil((bgrx.length * 3) / 4))
  let to = 0
  // What lies beyond the end reads as undefined, which the operators take for 0.
  for (let from = 0; from < bgrx.length; from += 4) {
    const a = bgrx[from]!
    const b = bgrx[from + 1]!
    const c = bgrx[from + 2]!
    const d = bgrx[from + 3]!
    words[to++] = ((a >>> 16) & 0xff) | (a & 0xff00) | ((a & 0xff) << 16) | ((b << 8) & 0xff000000)
    words[to++] = ((b >>> 8) & 0xff) | ((b & 0xff) << 8) | (c & 0xff0000) | ((c & 0xff00) << 16)
    words[to++] = (c & 0xff) | ((d >>> 8) & 0xff00) | ((d & 0xff00) << 8) | (d << 24)
  }
  return new Uint8Array(words.buffer, 0, bgrx.length * 3)
}
