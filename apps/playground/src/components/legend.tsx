import { colorValues, type ColorMap } from '@dinokit/analysis'
import { tensor } from 'dinokit/browser'
import type { LegendInfo } from '../layers/layer.ts'
import { rasterOf } from '../layers/raster.ts'
import { RasterCanvas } from './raster-canvas.tsx'

const STEPS = 64
const ramp = (map: ColorMap) =>
  rasterOf(
    colorValues(
      tensor(
        'float32',
        Float32Array.from({ length: STEPS }, (_, step) => step),
        [1, STEPS],
      ),
      { map },
    ),
  )
/** The colors of a map, from the lowest value to the highest. */
export const RAMPS = { viridis: ramp('viridis'), magma: ramp('magma') }

/** Legend of a map's colors. */
export function Legend({ map, low, high, label }: LegendInfo) {
  return (
    <div class="legend">
      <span class="legend-label">{label}</span>
      <RasterCanvas raster={RAMPS[map]} class="legend-ramp" />
      <span class="legend-ends">
        <span>{low}</span>
        <span>{high}</span>
      </span>
    </div>
  )
}
