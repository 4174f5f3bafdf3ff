import { LAYERS } from '../layers/layers.ts'
import { chosenLayer } from '../state/draw.ts'
import { currentDrawing, layerId, model, opacity, smooth } from '../state/store.ts'
import { Choice } from './controls/choice.tsx'
import { Slider } from './controls/slider.tsx'
import { Switch } from './controls/switch.tsx'

/** Menu of the layers that can be drawn over the image. */
export function LayerPanel() {
  const layer = chosenLayer()
  const reason = model.value.open?.unavailable[layer.id]
  const { Controls } = layer
  return (
    <section class="card" aria-labelledby="layer-title">
      <h2 id="layer-title" class="visually-hidden">
        Layer over the image
      </h2>
      <Choice label="Layer" quiet value={layerId} choices={LAYERS.map(({ id, title }) => ({ value: id, label: title }))} />
      <p class="summary">{layer.summary}</p>
      {reason === undefined ? (
        <Controls drawing={currentDrawing.value} />
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
    </section>
  )
}
