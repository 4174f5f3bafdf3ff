/** Bits of the filter: 16 MB, for a few million ids. */
const BITS = 2 ** 27
const PROBES = 3

/** A Bloom filter (Burton Bloom, 1970): of an id that was never added it says so, nearly always; of one that was, never. */
export interface IdFilter {
  add(id: string): void
  mayHave(id: string): boolean
}

/** Makes an empty filter, whose size does not depend on what is added. */
export function createIdFilter(): IdFilter {
  const bits = new Uint8Array(BITS / 8)
  const probe = (id: string, visit: (byte: number, mask: number) => boolean): boolean => {
    const [first, second] = [hash(id, 0x811c9dc5), hash(id, 0x01234567) | 1]
    for (let i = 0; i < PROBES; i++) {
      const bit = (first + Math.imul(i, second)) & (BITS - 1)
      if (!visit(bit >>> 3, 1 << (bit & 7))) return false
    }
    return true
  }
  return {
    add: (id) =>
      void probe(id, (byte, mask) => {
        bits[byte]! |= mask
        return true
      }),
    mayHave: (id) => probe(id, (byte, mask) => (bits[byte]! & mask) !== 0),
  }
}

/** FNV-1a, then mixed: ids often differ in their last digits alone. */
function hash(text: string, seed: number): number {
  let value = seed
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
  return (value ^ (value >>> 13)) >>> 0
}
