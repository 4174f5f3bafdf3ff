import type { StoredTensor } from '@dinokit/checkpoint'

/** timm's positions [1][patches][dim] where CLS has none of its own, as [1][1 + patches][dim]: a zero is added to CLS. */
export function withClsPosition(stored: StoredTensor): StoredTensor {
  const [, patches, dim] = stored.shape as [number, number, number]
  return {
    ...stored,
    shape: [1, 1 + patches, dim],
    async readFloat32(start = 0, end = Infinity) {
      const values = new Float32Array(Math.min(end, (1 + patches) * dim) - start)
      if (end > dim) values.set(await stored.readFloat32(Math.max(start - dim, 0), end - dim), Math.max(dim - start, 0))
      return values
    },
  }
}
