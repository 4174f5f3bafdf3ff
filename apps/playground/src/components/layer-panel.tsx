import { LAYERS } from '../layers/layers.ts'
import { chosenLayer } from '../state/draw.ts'
import { saveView } from '../state/save-view.ts'
import type { Session } from '../state/session.ts'
import { currentDrawing, layerId, model, opacity, smooth, stage, TEACH } from '../state/store.ts'
import { Choice } from './controls/choice.tsx'
import { Slider } from './controls/slider.tsx'
import { Switch } from './controls/switch.tsx'
import { CopyLink } from './controls/copy-link.tsx'
import { Legend } from './legend.tsx'
import { Teach } from './teach.tsx'

const TABS = [...LAYERS.map(({ id, title }) => ({ value: id, label: title })), { value: TEACH, label: 'Teach' }]

/** Menu of the layers that can be drawn over the image, and of teaching classes of the user's own. */
export function LayerPanel({ session }: { readonly session: Session }) {
  return (
    <section class="card" aria-label="Layer over the image">
      <Choice label="Layer" quiet value={layerId} choices={TABS} />
      {layerId.value === TEACH ? <Teach session={session} /> : <ChosenLayer />}
    </section>
  )
}

function ChosenLayer() {
  const layer = chosenLayer()
  const reason = model.value.open?.unavailable[layer.id]
  const { Controls } = layer
  const drawn = currentDrawing.value
  const legend = drawn && layer.legend?.(drawn)
  return (
    <>
      <p class="summary">{layer.summary}</p>
      {reason === undefined ? (
        <>
          <Controls drawing={drawn} />
          {legend && <Legend {...legend} />}
        </>
      ) : (
        <p class="hint">This model can’t give it: it is a ready-made .onnx file. Its .safetensors or .pth weights can.</p>
      )}
      <hr />
      <Slider
        label="Opacity"
        value={opacity.value}
        min={0}
        max={1}
        step={0.05}
        shown={`${Math.round(opacity.value * 100)} %`}
        onInput={(value) => (opacity.value = value)}
      />
      <Switch label="Smooth" value={smooth} />
      <div class="view-actions">
        <button type="button" class="button" disabled={!stage.value?.preview} onClick={() => void saveView()}>
          Save as PNG
        </button>
        <CopyLink />
      </div>
    </>
  )
}
