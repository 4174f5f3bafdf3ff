/**
 * Makes a place for numbers that are put one after the other, again and again, in the same memory. It is shared memory
 * where the platform has it: an engine on another thread is handed it as it is, and nothing is copied on the way.
 *
 * @returns stacks arrays of one length and type; what it gave before is overwritten
 */
export function stackIn(): <T extends Float32Array | Uint16Array>(parts: readonly T[]) => T {
  let memory: ArrayBufferLike = new ArrayBuffer(0)
  return <T extends Float32Array | Uint16Array>(parts: readonly T[]): T => {
    const { length: each, byteLength } = parts[0]!
    const bytes = byteLength * parts.length
    if (memory.byteLength < bytes) memory = typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)
    const stacked = new (parts[0]!.constructor as new (memory: ArrayBufferLike, start: number, length: number) => T)(
      memory,
      0,
      each * parts.length,
    )
    parts.forEach((part, place) => stacked.set(part, place * each))
    return stacked
  }
}
