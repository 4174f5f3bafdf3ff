import { colorValues, type ColorMap } from '@dinokit/analysis'
import { tensor } from 'dinokit/browser'
import { rasterOf } from '../layers/raster.ts'
import { RasterCanvas } from './raster-canvas.tsx'

interface Props {
  readonly map: ColorMap
  readonly low: string
  readonly high: string
  readonly label: string
}

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
const RAMPS = { viridis: ramp('viridis'), magma: ramp('magma') }

/** Legend of a map's colors. */
export function Legend({ map, low, high, label }: Props) {
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
