import { colorValues, similarityMap } from '@dinokit/analysis'
import { Legend } from '../components/legend.tsx'
import { patch, type Patch } from '../state/store.ts'
import type { Layer } from './layer.ts'
import { rasterOf } from './raster.ts'

/** Similarity of all patches to the chosen one. */
export const similarity: Layer<Patch, { readonly low: number }> = {
  id: 'similarity',
  title: 'Similarity',
  summary: 'How alike every patch is to the one that you chose: the cosine between their features.',
  options: () => patch.value,
  compute({ tokens }, { row, column }) {
    const [rows, columns] = tokens.patches.shape as [number, number, number]
    const position = { row: Math.min(row, rows - 1), column: Math.min(column, columns - 1) }
    const map = similarityMap(tokens.patches, position)
    const low = map.data.reduce((a, b) => Math.min(a, b), 1)
    return {
      raster: rasterOf(colorValues(map, { map: 'magma', low, high: 1 })),
      values: { data: map.data, label: 'similarity' },
      detail: { low },
    }
  },
  Controls: ({ drawing }) =>
    drawing?.detail ? (
      <Legend map="magma" low={drawing.detail.low.toFixed(2)} high="1" label="Cosine similarity" />
    ) : (
      <p class="hint">Click a patch of the image, or press Tab until the image is framed, move with the arrow keys and press Enter.</p>
    ),
}
