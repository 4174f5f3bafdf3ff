import { otherImage, match, matchOf, type MatchDetail } from '../layers/match.tsx'
import { currentDrawing, layerId, opacity, smooth, stage } from '../state/store.ts'
import { BitmapCanvas } from './bitmap-canvas.tsx'
import { RasterCanvas } from './raster-canvas.tsx'
import { Mark } from './stage.tsx'

/** The image that is matched, beside the one that is shown: what is pointed at there is framed here. */
export function OtherImage() {
  const other = otherImage.value
  if (layerId.value !== match.id || !other?.preview) return null
  const { name, preview } = other
  const drawn = currentDrawing.value
  const detail = drawn?.detail as MatchDetail | undefined
  const found = detail && matchOf(detail, stage.value?.embedded?.grid[1] ?? 0)
  return (
    <div
      class="stage stage-other"
      style={{ '--ratio': preview.width / preview.height }}
      role="img"
      aria-label={`${name}, which is matched`}
    >
      <BitmapCanvas bitmap={preview} class="stage-image" />
      <RasterCanvas
        raster={drawn?.others?.[other.id]}
        class={`other-layer ${smooth.value ? 'is-smooth' : ''}`}
        style={{ opacity: drawn ? opacity.value : 0 }}
      />
      {found && detail && <Mark at={found} rows={detail.grid[0]} columns={detail.grid[1]} class="is-chosen" />}
    </div>
  )
}
