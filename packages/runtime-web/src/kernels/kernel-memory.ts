const PAGE = 65_536
/** Most pages of a memory of 32 bits. */
export const MOST_PAGES = 65_535

/** Part of a memory. */
export interface Piece {
  readonly at: number
  readonly bytes: number
}

/** Memory of the kernels: what stays, such as weights, then what a run needs. */
export interface KernelMemory {
  readonly memory: WebAssembly.Memory
  /** Takes a piece that stays. Only before the first run. */
  readonly keep: (bytes: number) => number
  /** Writes numbers that stay, and tells where. Only before the first run. */
  readonly keepFloats: (values: Float32Array) => number
  /** Takes a piece for a while. */
  readonly take: (bytes: number) => Piece
  /** Gives a piece back. */
  readonly give: (piece: Piece) => void
  /** Gives back all that is not kept. */
  readonly clear: () => void
  /** Numbers that lie there; valid until more is taken. */
  readonly floats: (at: number, length: number) => Float32Array
}

/**
 * Makes a memory.
 *
 * @param shared - whether threads share it
 * @param first - address behind what is laid out otherwise
 * @throws RangeError from its methods where there is not so much memory
 */
export function createKernelMemory(shared: boolean, first: number): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(first / PAGE), maximum: MOST_PAGES, shared })
  const rounded = (bytes: number): number => Math.ceil(bytes / 64) * 64
  let [kept, top] = [first, first]
  let free: Piece[] = []
  const upTo = (end: number): void => {
    const missing = end - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    top = Math.max(top, end)
  }
  const keep = (bytes: number): number => {
    const at = kept
    kept += rounded(bytes)
    upTo(kept)
    return at
  }
  const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length)
  return {
    memory,
    keep,
    keepFloats(values) {
      const at = keep(values.byteLength)
      floats(at, values.length).set(values)
      return at
    },
    take(wanted) {
      const bytes = rounded(wanted)
      const fitting = free.filter((piece) => piece.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0]
      if (fitting) {
        free = free.filter((piece) => piece !== fitting)
        return fitting
      }
      const at = top
      upTo(at + bytes)
      return { at, bytes }
    },
    give: (piece) => void free.push(piece),
    clear() {
      free = []
      top = kept
    },
    floats,
  }
}
