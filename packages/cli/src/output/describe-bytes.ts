/** A size in words, such as `512 B`, `3.2 kB`, `11.0 MB` or `1.14 GB`: decimal, as disks and downloads are sold. */
export function describeBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** A shape in words, such as `[16][16][192]`; a name stands for a length that is free. */
export function describeShape(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'a number' : `[${shape.join('][')}]`
}
