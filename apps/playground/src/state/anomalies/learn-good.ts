import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import type { SizeChoice } from '../../engine/input-size.ts'
import { report } from '../notices.ts'
import { layerId, size, usable, type Image } from '../store.ts'
import { goodBank, goodImages, learningGood, removeGood } from './good-images.ts'

/** Longest side of the previews of good images, in pixels. */
const PREVIEW = 128
/** Layer that draws by the bank: nothing is learned before it is asked for. */
const LAYER = 'anomalies'

let last = 0

/** Learns the good images whenever they, the model or the resolution change; what was under way is canceled. */
export function learnGoodImages(engine: Engine): void {
  /** Model, resolution and images that were learned last, or are being learned. */
  let asked: readonly unknown[] = []
  let controller: AbortController | undefined
  effect(() => {
    const ids = goodImages.value.map(({ id }) => id).join(' ')
    const wanted = [usable.value, size.value, ids]
    if (layerId.value !== LAYER || wanted.every((part, index) => part === asked[index])) return
    asked = wanted
    controller?.abort()
    controller = new AbortController()
    const { signal } = controller
    untracked(() => {
      goodBank.value = undefined
      learningGood.value = undefined
      if (usable.value && goodImages.value.length > 0) void learn(engine, goodImages.value, size.value, signal)
    })
  })
}

async function learn(engine: Engine, images: readonly Image[], resolution: SizeChoice, signal: AbortSignal): Promise<void> {
  learningGood.value = {}
  try {
    await showPreviews(engine, images, signal)
    const bank = await engine.learnGood(
      { images: images.map(({ id, file }) => ({ id, file })), size: resolution },
      ({ done, total }) => {
        if (!signal.aborted) learningGood.value = { done, ...(total !== undefined && { total, share: done / total }) }
      },
      signal,
    )
    goodBank.value = { ...bank, id: ++last }
  } catch (error) {
    if (!DinokitError.is(error, 'aborted')) report(error, { what: 'training', name: 'One of the good images' })
  } finally {
    if (!signal.aborted) learningGood.value = undefined
  }
}

/** Makes previews; an image that can't be opened leaves the good ones, which are then learned without it. */
async function showPreviews(engine: Engine, images: readonly Image[], signal: AbortSignal): Promise<void> {
  for (const image of images) {
    if (image.preview) continue
    try {
      const { preview } = await engine.decode(image, PREVIEW, signal)
      goodImages.value = goodImages.value.map((each) => (each.id === image.id ? { ...each, preview } : each))
    } catch (error) {
      if (!DinokitError.is(error, 'aborted')) {
        report(error, { what: 'image', name: image.name })
        removeGood(image.id)
      }
      throw new DinokitError('aborted', 'The good images changed.', { cause: error })
    }
  }
}
