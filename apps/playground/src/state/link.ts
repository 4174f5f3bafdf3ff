import { batch, effect } from '@preact/signals'
import { SIZE_CHOICES } from '../engine/input-size.ts'
import { LAYERS } from '../layers/layers.ts'
import { areDrawn, chosenThreshold } from './anomalies/good-images.ts'
import { currentImage, images, layerId, opacity, place, request, size, TEACH } from './store.ts'

/** Part of a view that has to wait until the images are there. */
export interface LinkedImages {
  /** Name of the image that is shown. */
  readonly image: string | null
  /** Whether the drawn parts are wanted, good ones and others. */
  readonly parts: boolean
}

const DRAWN = 'drawn'

/**
 * Takes the view that the address names: the model, the layer, the resolution, the chosen place, the opacity and the threshold.
 *
 * @returns what is left, for {@link restoreImage} once the images are there
 */
export function restoreView(): LinkedImages {
  const said = new URLSearchParams(location.hash.slice(1))
  const number = (name: string): number | undefined => {
    const value = Number(said.get(name) ?? NaN)
    return value >= 0 && value <= 1 ? value : undefined
  }
  const [x, y] = [number('x'), number('y')]
  const layer = [...LAYERS.map(({ id }) => id), TEACH].find((id) => id === said.get('layer'))
  const resolution = SIZE_CHOICES.find((choice) => String(choice) === said.get('size'))
  batch(() => {
    request.value = { ...request.value, model: said.get('model') ?? request.value.model }
    layerId.value = layer ?? layerId.value
    size.value = resolution ?? size.value
    if (x !== undefined && y !== undefined) place.value = { x, y }
    opacity.value = number('opacity') ?? opacity.value
    chosenThreshold.value = number('threshold')
  })
  return { image: said.get('image'), parts: said.get('parts') === DRAWN }
}

/** Shows the image that the address names, where it is one of those that are there. */
export function restoreImage(name: string | null): void {
  const found = images.value.find((image) => image.name === name)
  if (found) currentImage.value = found.id
}

/** Keeps the address naming what is shown, so that it can be copied. A file that was dropped has no name that another page could open. */
export function keepLink(): void {
  effect(() => {
    const { model } = request.value
    const image = images.value.find(({ id }) => id === currentImage.value)?.name
    const said = new URLSearchParams({
      ...(typeof model === 'string' && { model }),
      layer: layerId.value,
      size: String(size.value),
      ...(image !== undefined && { image }),
      ...(place.value && { x: place.value.x.toFixed(4), y: place.value.y.toFixed(4) }),
      opacity: String(opacity.value),
      ...(areDrawn.value && { parts: DRAWN }),
      ...(chosenThreshold.value !== undefined && { threshold: String(chosenThreshold.value) }),
    })
    history.replaceState(history.state, '', `#${said}`)
  })
}
