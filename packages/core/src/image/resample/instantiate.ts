const PAGE = 65_536

/**
 * Makes an instance of compiled kernels, with a memory of its own.
 *
 * @param base64 - the module
 * @returns its exports; undefined where the engine has no WebAssembly SIMD, or a policy forbids it
 */
export function instantiate(base64: string): WebAssembly.Exports | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
  } catch {
    return undefined
  }
}

/**
 * Lays parts out in a memory one after the other, each with room for a vector beyond its end, and grows it to hold them.
 *
 * @param memory - of kernels
 * @param lengths - of the parts in bytes
 * @returns the memory's bytes, and where each part begins
 */
export function layOut(memory: WebAssembly.Memory, lengths: readonly number[]): { readonly bytes: Uint8Array; readonly offsets: number[] } {
  const offsets: number[] = []
  let end = 0
  for (const length of lengths) {
    offsets.push(end)
    end = Math.ceil((end + length + 16) / 16) * 16
  }
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
  return { bytes: new Uint8Array(memory.buffer), offsets }
}
