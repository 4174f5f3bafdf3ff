import { colorValues, similarityMap } from '@dinokit/analysis'
import { tensor } from 'dinokit/browser'
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
    const [rows, columns, dim] = tokens.patches.shape as [number, number, number]
    const position = { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) }
    const map = similarityMap(tokens.patches, position)
    const low = map.data.reduce((a, b) => Math.min(a, b), 1)
    const colors = { map: 'magma', low, high: 1 } as const
    const start = (position.row * columns + position.column) * dim
    const chosen = tensor('float32', tokens.patches.data.subarray(start, start + dim), [dim])
    const others = [...patches].filter(([id]) => id !== image)
    return {
      raster: rasterOf(colorValues(map, colors)),
      others: Object.fromEntries(others.map(([id, grid]) => [id, rasterOf(colorValues(similarityMap(grid, chosen), colors))])),
      values: { data: map.data, label: 'similarity' },
      detail: { low },
    }
  },
  legend: ({ detail }) => detail && { map: 'magma', low: detail.low.toFixed(2), high: '1', label: 'Cosine similarity' },
  Controls: () => <p class="hint">Click another patch, or press Tab to reach the image, move with the arrow keys and press Enter.</p>,
}
