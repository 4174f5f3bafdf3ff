import { colorValues } from '@dinokit/analysis'
import { HeadPicker } from '../components/head-picker.tsx'
import type { HeadRequest } from '../engine/protocol.ts'
import { headOf } from '../state/heads/heads.ts'
import type { Layer } from './layer.ts'
import { rasterOf } from './raster.ts'

/** Depth of every pixel. */
export const depth: Layer<HeadRequest & { readonly task: 'depth' }, { readonly min: number; readonly max: number; readonly unit: string }> =
  {
    id: 'depth',
    title: 'Depth',
    summary: 'How far everything is, in meters, by a small head on top of the patches.',
    options: () => headOf('depth'),
    async compute({ ask }, request) {
      const { meters, min, max } = await ask(request)
      const [height, width] = meters.shape
      const { unit } = meters
      return {
        raster: rasterOf(colorValues(meters, { low: min, high: max })),
        values: { data: meters.data, size: { width, height }, label: 'depth', unit },
        detail: { min, max, unit },
      }
    },
    legend: ({ detail }) =>
      detail && {
        map: 'viridis',
        low: `${detail.min.toFixed(1)} ${detail.unit}`,
        high: `${detail.max.toFixed(1)} ${detail.unit}`,
        label: 'Distance',
      },
    Controls: () => <HeadPicker task="depth" />,
  }
