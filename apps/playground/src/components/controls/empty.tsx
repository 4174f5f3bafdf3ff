import { ImagePlus } from 'lucide'
import { Icon } from './icon.tsx'

/** The stage without a picture. */
export function Empty() {
  return (
    <div class="empty">
      <Icon of={ImagePlus} size={36} />
      <p class="empty-title">Drop a picture here</p>
      <p class="hint">Or paste one, add one below, or use the camera. Nothing leaves your device.</p>
    </div>
  )
}
