import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../engine/engine.ts'
import { LAYERS } from '../layers/layers.ts'
import type { Layer } from '../layers/layer.ts'
import { createLatest } from './latest.ts'
import { report } from './notices.ts'
import { drawing, layerId, embeddedCount, model, stage } from './store.ts'

/** The layer that the user has chosen. */
export function chosenLayer(): Layer {
  return LAYERS.find(({ id }) => id === layerId.value) ?? LAYERS[0]!
}

/** Draws the chosen layer whenever the image, the layer or its options change. Frames of a camera are drawn as they come. */
export function drawChosenLayer(engine: Engine): void {
  const draw = createLatest(async () => {
    const layer = chosenLayer()
    const { id } = layer
    const now = stage.value
    const options = layer.options()
    if (!now?.embedded || now.live) return
    if (options === undefined || model.value.open?.unavailable[id] !== undefined) {
      drawing.value = undefined
      return
    }
    const { image } = now
    try {
      const made = await engine.draw(image, id, options, AbortSignal.timeout(60_000))
      if (stage.value?.image === image) drawing.value = { image, layer: id, drawing: made }
    } catch (error) {
      if (!DinokitError.is(error, 'aborted')) report(error, { what: 'layer', name: 'The layer' })
    }
  })
  effect(() => {
    const wanted = [stage.value?.embedded, embeddedCount.value, chosenLayer().options()]
    if (wanted[0]) untracked(draw)
  })
}
