import { Aperture, Camera, ImagePlus, X } from 'lucide'
import { useRef } from 'preact/hooks'
import type { Session } from '../state/session.ts'
import { currentDrawing, currentImage, live, opacity, images, smooth } from '../state/store.ts'
import { stopLive } from '../state/play.ts'
import { keepFrame } from '../state/files.ts'
import { BitmapCanvas } from './bitmap-canvas.tsx'
import { Icon } from './controls/icon.tsx'
import { RasterCanvas } from './raster-canvas.tsx'

const SMALL = 192

/** Scrolls the strip, and nothing else, to the tile of the image that is shown. */
function showTile(tile: HTMLDivElement | null): void {
  const strip = tile?.parentElement
  if (!tile || !strip) return
  const [left, right] = [tile.offsetLeft - strip.offsetLeft, tile.offsetLeft - strip.offsetLeft + tile.offsetWidth]
  if (left < strip.scrollLeft) strip.scrollLeft = left
  else if (right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = right - strip.clientWidth
}

/** The images, and the ways to add one. */
export function Strip({ session }: { readonly session: Session }) {
  const picker = useRef<HTMLInputElement>(null)
  const others = currentDrawing.value?.others
  const current = live.value ? undefined : currentImage.value
  return (
    <nav class="strip" aria-label="Images">
      <button type="button" class="tile tile-action" onClick={() => picker.current?.click()}>
        <Icon of={ImagePlus} size={20} />
        <span>Add</span>
      </button>
      <input
        ref={picker}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        accept="image/*,video/*,.pth,.safetensors,.onnx"
        multiple
        aria-label="Add images, a video or a model"
        onChange={(event) => {
          session.takeFiles([...(event.currentTarget.files ?? [])])
          event.currentTarget.value = ''
        }}
      />
      <button
        type="button"
        class="tile tile-action"
        aria-pressed={live.value !== undefined}
        onClick={() => (live.value ? stopLive() : session.playCamera())}
      >
        <Icon of={Camera} size={20} />
        <span>{live.value ? 'Stop' : 'Camera'}</span>
      </button>
      {live.value && (
        <button type="button" class="tile tile-action" onClick={() => void keepFrame()}>
          <Icon of={Aperture} size={20} />
          <span>Keep</span>
        </button>
      )}
      {images.value.map(({ id, name, preview }) => (
        <div key={id} ref={id === current ? showTile : null} class={`tile ${id === current ? 'is-current' : ''}`}>
          <button
            type="button"
            class="tile-image"
            aria-label={`Show ${name}`}
            aria-current={id === current}
            onClick={() => {
              stopLive()
              currentImage.value = id
            }}
          >
            {preview && <BitmapCanvas bitmap={preview} longest={SMALL} />}
            {others?.[id] && (
              <RasterCanvas raster={others[id]} class={smooth.value ? 'is-smooth' : ''} style={{ opacity: opacity.value }} />
            )}
          </button>
          <button type="button" class="tile-remove" aria-label={`Remove ${name}`} onClick={() => session.removeImage(id)}>
            <Icon of={X} size={12} />
          </button>
        </div>
      ))}
    </nav>
  )
}
