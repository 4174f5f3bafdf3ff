import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import type { SizeChoice } from '../../engine/input-size.ts'
import type { OpenModel } from '../../engine/protocol.ts'
import { report } from '../notices.ts'
import {
  busy,
  currentPicture,
  drawing,
  live,
  looks,
  patch,
  pictures,
  size,
  stage,
  usable,
  type Picture,
  type StageState,
} from '../store.ts'

/** Longest side of what is shown of a picture, in pixels. */
export const PREVIEW = 1600
/** A first look is this fine, because it takes a moment only; the chosen resolution follows. */
const FIRST: SizeChoice = 224

/** Looks at the chosen picture whenever it, the model or the resolution changes; what was under way is cancelled. */
export function lookAtCurrent(engine: Engine): void {
  let controller: AbortController | undefined

  effect(() => {
    const open = usable.value
    const [id, chosen, playing] = [currentPicture.value, size.value, live.value]
    untracked(() => {
      controller?.abort()
      controller = new AbortController()
      const picture = pictures.value.find((each) => each.id === id)
      if (playing) return
      if (picture) void lookAt(picture, open, chosen, controller.signal)
      else {
        stage.value = undefined
        busy.value = ''
      }
    })
  })

  async function lookAt(picture: Picture, open: OpenModel | undefined, chosen: SizeChoice, signal: AbortSignal): Promise<void> {
    if (stage.value?.picture !== picture.id) enter(picture)
    try {
      if (!stage.value?.source) {
        busy.value = 'decoding'
        const { preview, source } = await engine.decode(picture, PREVIEW, signal)
        update(picture.id, { preview, source })
        pictures.value = pictures.value.map((each) => (each.id === picture.id ? { ...each, preview } : each))
      }
      busy.value = open ? 'looking' : 'opening'
      if (!open) return
      if (!stage.value?.classes) update(picture.id, { classes: await engine.classify(picture, signal) })
      const isNew = !stage.value?.look
      for (const resolution of isNew && chosen !== FIRST ? [FIRST, chosen] : [chosen]) {
        update(picture.id, { look: await engine.look(picture, resolution, 'all', signal) })
        looks.value++
      }
      busy.value = ''
    } catch (error) {
      if (DinokitError.is(error, 'aborted')) return
      busy.value = ''
      failed(picture, error)
    }
  }
}

function enter({ id, name, preview }: Picture): void {
  stage.value = { picture: id, name, live: false, ...(preview && { preview }) }
  drawing.value = undefined
  patch.value = undefined
}

function update(id: string, news: Partial<StageState>): void {
  if (stage.value?.picture === id) stage.value = { ...stage.value, ...news }
}

/** A picture that can't be opened leaves the strip; one that was too much for the model stays, for a lower resolution. */
export function failed({ id, name }: Picture, error: unknown): void {
  report(error, { what: 'picture', name })
  if (!DinokitError.is(error) || !error.code.startsWith('image-')) return
  pictures.value = pictures.value.filter((each) => each.id !== id)
  if (currentPicture.value === id) currentPicture.value = pictures.value.at(-1)?.id
}
