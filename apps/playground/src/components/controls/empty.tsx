import { ImagePlus } from 'lucide'
import { Icon } from './icon.tsx'

/** The stage without an image. */
export function Empty() {
  return (
    <div class="empty">
      <Icon of={ImagePlus} size={36} />
      <p class="empty-title">Drop an image here</p>
      <p class="hint">Or paste one, add one below, or use the camera. Nothing leaves your device.</p>
    </div>
  )
}
