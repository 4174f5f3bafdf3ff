import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import { inputSize, type SizeChoice } from '../../engine/input-size.ts'
import type { OpenModel } from '../../engine/protocol.ts'
import { report } from '../notices.ts'
import {
  busy,
  currentImage,
  drawing,
  live,
  embeddedCount,
  finerLook,
  images,
  size,
  stage,
  usable,
  type Image,
  type StageState,
} from '../store.ts'

/** Longest side of what is shown of an image, in pixels. */
export const PREVIEW = 1600
/** A first look is this fine, because it takes a moment only; the chosen resolution follows. */
const FIRST: SizeChoice = 224

/** Embeds the chosen image whenever it, the model or the resolution changes; what was under way is canceled. */
export function embedCurrent(engine: Engine): void {
  let controller: AbortController | undefined

  effect(() => {
    const open = usable.value
    const [id, chosen, playing] = [currentImage.value, size.value, live.value]
    untracked(() => {
      controller?.abort()
      controller = new AbortController()
      const image = images.value.find((each) => each.id === id)
      if (playing) return
      if (image) void embedImage(image, open, chosen, controller.signal)
      else {
        stage.value = undefined
        busy.value = ''
      }
    })
  })

  async function embedImage(image: Image, open: OpenModel | undefined, chosen: SizeChoice, signal: AbortSignal): Promise<void> {
    if (stage.value?.image !== image.id) enter(image)
    try {
      if (!stage.value?.source) {
        busy.value = 'decoding'
        const { preview, source } = await engine.decode(image, PREVIEW, signal)
        update(image.id, { preview, source })
        images.value = images.value.map((each) => (each.id === image.id ? { ...each, preview } : each))
      }
      busy.value = open ? 'looking' : 'opening'
      if (!open) return
      if (!stage.value?.classes) update(image.id, { classes: await engine.classify(image, signal) })
      const isNew = !stage.value?.embedded
      for (const resolution of isNew && chosen !== FIRST ? [FIRST, chosen] : [chosen]) {
        finerLook.value = expect(open, resolution)
        update(image.id, { embedded: await engine.embed(image, resolution, 'all', signal) })
        embeddedCount.value++
      }
      busy.value = ''
    } catch (error) {
      if (DinokitError.is(error, 'aborted')) return
      busy.value = ''
      failed(image, error)
    }
  }
}

/** Estimates a look by the one before: a network’s work grows a little faster than its patches do. */
function expect({ patch }: OpenModel, resolution: SizeChoice): { start: number; expected: number } | undefined {
  const { embedded, source } = stage.value ?? {}
  if (!embedded || !source) return undefined
  const input = inputSize(source, resolution, patch)
  const growth = (input.width * input.height) / (embedded.input.width * embedded.input.height)
  return { start: performance.now(), expected: embedded.timing.run * growth ** 1.1 }
}

function enter({ id, name, preview }: Image): void {
  stage.value = { image: id, name, live: false, ...(preview && { preview }) }
  drawing.value = undefined
}

function update(id: string, news: Partial<StageState>): void {
  if (stage.value?.image === id) stage.value = { ...stage.value, ...news }
}

/** An image that can't be opened leaves the strip; one that was too much for the model stays, for a lower resolution. */
export function failed({ id, name }: Image, error: unknown): void {
  report(error, { what: 'image', name })
  if (!DinokitError.is(error) || !error.code.startsWith('image-')) return
  images.value = images.value.filter((each) => each.id !== id)
  if (currentImage.value === id) currentImage.value = images.value.at(-1)?.id
}
