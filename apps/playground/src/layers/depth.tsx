import { colorValues } from '@dinokit/analysis'
import type { DepthUnit } from '@dinokit/head-depth'
import { HeadPicker } from '../components/head-picker.tsx'
import type { HeadRequest } from '../engine/protocol.ts'
import { headOf } from '../state/heads/heads.ts'
import type { Layer } from './layer.ts'
import { rasterOf } from './raster.ts'

interface DepthDetail {
  readonly unit: DepthUnit
  readonly min: number
  readonly max: number
}

const SUFFIX: Readonly<Record<DepthUnit, string>> = { meters: ' m', disparity: '', relative: '' }
const LABELS: Readonly<Record<DepthUnit, string>> = {
  meters: 'Distance',
  disparity: 'Disparity: large is near, without a unit',
  relative: 'Distance, without a unit',
}

/** Depth of every pixel. */
export const depth: Layer<HeadRequest & { readonly task: 'depth' }, DepthDetail> = {
  id: 'depth',
  title: 'Depth',
  summary: 'How far everything is, in meters where the model knows them, by a head on top of the patches.',
  options: () => headOf('depth'),
  async compute({ ask }, request) {
    const { map, unit, min, max } = await ask(request)
    const [height, width] = map.shape
    return {
      raster: rasterOf(colorValues(map, { low: min, high: max })),
      values: { data: map.data, size: { width, height }, label: unit === 'disparity' ? unit : 'depth', unit: SUFFIX[unit].trim() },
      detail: { unit, min, max },
    }
  },
  legend: ({ detail }) =>
    detail && {
      map: 'viridis',
      low: `${detail.min.toFixed(1)}${SUFFIX[detail.unit]}`,
      high: `${detail.max.toFixed(1)}${SUFFIX[detail.unit]}`,
      label: LABELS[detail.unit],
    },
  Controls: () => <HeadPicker task="depth" />,
}
