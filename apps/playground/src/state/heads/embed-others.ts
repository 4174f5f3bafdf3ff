import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import type { SizeChoice } from '../../engine/input-size.ts'
import type { OpenModel } from '../../engine/protocol.ts'
import { chosenLayer } from '../draw.ts'
import { failed, PREVIEW } from './embed-current.ts'
import { busy, currentImage, embeddedCount, images, size, usable, type Image } from '../store.ts'

interface Waiting {
  readonly open: OpenModel | undefined
  readonly chosen: SizeChoice
  readonly others: readonly Image[]
  /** Whether the layer draws on the other images, and nothing else is to be done. */
  readonly wanted: boolean
}

/**
 * Makes the other images' thumbnails, as soon as the one that is shown was decoded; and embeds them, where the layer draws on
 * them, when nothing else is to be done.
 */
export function embedOthers(engine: Engine): void {
  let controller: AbortController | undefined
  /** Model and size that each image was embedded with. */
  const seen = new Map<string, { readonly open: OpenModel; readonly size: SizeChoice }>()

  effect(() => {
    const open = usable.value
    const [chosen, list, current] = [size.value, images.value, currentImage.value]
    const wanted = busy.value === '' && (chosenLayer().usesOthers?.() ?? false)
    const decoding = busy.value === 'decoding'
    untracked(() => {
      controller?.abort()
      controller = new AbortController()
      if (!decoding) void embedNext({ open, chosen, others: list.filter(({ id }) => id !== current), wanted }, controller.signal)
    })
  })

  /** One step; its result starts the effect again, so that there is always one thing under way. */
  async function embedNext({ open, chosen, others, wanted }: Waiting, signal: AbortSignal): Promise<void> {
    const next = others.find(({ preview }) => !preview)
    const unseen = open && wanted ? others.filter(({ id }) => seen.get(id)?.open !== open || seen.get(id)?.size !== chosen) : []
    const image = next ?? unseen[0]
    if (!image) return
    try {
      if (next) {
        const { preview } = await engine.decode(next, PREVIEW, signal)
        images.value = images.value.map((each) => (each.id === next.id ? { ...each, preview } : each))
        return
      }
      for (const each of unseen) {
        await engine.embed(each, chosen, 'patches', signal)
        seen.set(each.id, { open: open!, size: chosen })
      }
      // Once, when all are there: colors that are shared change with every image.
      embeddedCount.value++
    } catch (error) {
      if (!DinokitError.is(error, 'aborted')) failed(image, error)
    }
  }
}
