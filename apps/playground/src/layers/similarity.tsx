import { colorValues, cosineSimilarity, similarityMap } from '@dinokit/analysis'
import { tensor, type Tensor } from 'dinokit/browser'
import { images, patch, type Patch } from '../state/store.ts'
import type { Layer } from './layer.ts'
import { rasterOf } from './raster.ts'

/** Similarity of all patches to the chosen one, in the other images too. */
export const similarity: Layer<Patch, { readonly low: number }> = {
  id: 'similarity',
  title: 'Similarity',
  summary: 'How alike every patch is to the one that is framed, in this image and in the others: the cosine between their features.',
  options: () => patch.value,
  usesOthers: () => images.value.length > 1,
  compute({ image, tokens, patches }, { row, column }) {
    const [rows, columns] = tokens.patches.shape as [number, number, number]
    const position = { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) }
    const map = similarityMap(tokens.patches, position)
    const low = map.data.reduce((a, b) => Math.min(a, b), 1)
    const colors = { map: 'magma', low, high: 1 } as const
    const chosen = vectorAt(tokens.patches, position.row * columns + position.column)
    const others = [...patches].filter(([id]) => id !== image)
    return {
      raster: rasterOf(colorValues(map, colors)),
      others: Object.fromEntries(others.map(([id, grid]) => [id, rasterOf(colorValues(similarityTo(chosen, grid), colors))])),
      values: { data: map.data, label: 'similarity' },
      detail: { low },
    }
  },
  legend: ({ detail }) => detail && { map: 'magma', low: detail.low.toFixed(2), high: '1', label: 'Cosine similarity' },
  Controls: () => <p class="hint">Click another patch, or press Tab to reach the image, move with the arrow keys and press Enter.</p>,
}

function similarityTo(chosen: Tensor, grid: Tensor): Tensor {
  const [rows, columns] = grid.shape as [number, number, number]
  const cosines = Float32Array.from({ length: rows * columns }, (_, index) => cosineSimilarity(chosen, vectorAt(grid, index)))
  return tensor('float32', cosines, [rows, columns])
}

function vectorAt({ data, shape }: Tensor, index: number): Tensor {
  const dim = shape.at(-1)!
  return tensor('float32', data.subarray(index * dim, (index + 1) * dim), [dim])
}
