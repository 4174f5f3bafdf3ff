import type { StoredTensor } from '@dinokit/checkpoint'

/** timm's positions [1][patches][dim] where CLS has none of its own, as [1][1 + patches][dim]: a zero is added to CLS. */
export function withClsPosition(stored: StoredTensor): StoredTensor {
  const [, patches, dim] = stored.shape as [number, number, number]
  return {
    ...stored,
    shape: [1, 1 + patches, dim],
    async readFloat32(limit = (1 + patches) * dim) {
      const values = new Float32Array(Math.min(limit, (1 + patches) * dim))
      if (limit > dim) values.set(await stored.readFloat32(limit - dim), dim)
      return values
    },
  }
}
