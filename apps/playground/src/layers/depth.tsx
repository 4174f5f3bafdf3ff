import { colourValues } from '@dinokit/analysis'
import { HeadPicker } from '../components/head-picker.tsx'
import { Legend } from '../components/legend.tsx'
import type { HeadRequest } from '../engine/protocol.ts'
import { headOf } from '../state/heads/heads.ts'
import type { Layer } from './layer.ts'
import { rasterOf } from './raster.ts'

/** How far everything is. */
export const depth: Layer<HeadRequest & { readonly task: 'depth' }, { readonly min: number; readonly max: number }> = {
  id: 'depth',
  title: 'Depth',
  summary: 'How far everything is, in metres, by a small head on top of the patches.',
  options: () => headOf('depth'),
  async compute({ ask }, request) {
    const { metres, min, max } = await ask(request)
    const [height, width] = metres.shape
    return {
      raster: rasterOf(colourValues(metres, { low: min, high: max })),
      values: { data: metres.data, size: { width, height }, label: 'depth', unit: 'm' },
      detail: { min, max },
    }
  },
  Controls: ({ drawing }) => (
    <>
      {drawing?.detail && (
        <Legend map="viridis" low={`${drawing.detail.min.toFixed(1)} m`} high={`${drawing.detail.max.toFixed(1)} m`} label="Distance" />
      )}
      <HeadPicker task="depth" />
    </>
  ),
}
