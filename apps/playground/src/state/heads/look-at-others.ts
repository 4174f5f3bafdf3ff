import { effect, untracked } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import type { SizeChoice } from '../../engine/input-size.ts'
import type { OpenModel } from '../../engine/protocol.ts'
import { chosenLayer } from '../draw.ts'
import { failed, PREVIEW } from './look.ts'
import { busy, currentPicture, looks, pictures, size, usable, type Picture } from '../store.ts'

/**
 * Looks at the other pictures of the strip, where the layer draws on them, when nothing else is to be done; and makes their
 * thumbnails, always.
 */
export function lookAtOthers(engine: Engine): void {
  let controller: AbortController | undefined
  /** By which model, and how finely, each was looked at. */
  const seen = new Map<string, { readonly open: OpenModel; readonly size: SizeChoice }>()

  effect(() => {
    const open = usable.value
    const [chosen, list, current] = [size.value, pictures.value, currentPicture.value]
    const wanted = chosenLayer().usesOthers?.() ?? false
    const idle = busy.value === ''
    untracked(() => {
      controller?.abort()
      controller = new AbortController()
      if (idle)
        void goOn(
          controller.signal,
          open,
          chosen,
          list.filter(({ id }) => id !== current),
          wanted,
        )
    })
  })

  /** One step; its result starts the effect again, so that there is always one thing under way. */
  async function goOn(
    signal: AbortSignal,
    open: OpenModel | undefined,
    chosen: SizeChoice,
    others: readonly Picture[],
    wanted: boolean,
  ): Promise<void> {
    const next = others.find(({ preview }) => !preview)
    const unseen = open && wanted ? others.filter(({ id }) => seen.get(id)?.open !== open || seen.get(id)?.size !== chosen) : []
    const picture = next ?? unseen[0]
    if (!picture) return
    try {
      if (next) {
        const { preview } = await engine.decode(next, PREVIEW, signal)
        pictures.value = pictures.value.map((each) => (each.id === next.id ? { ...each, preview } : each))
        return
      }
      for (const each of unseen) {
        await engine.look(each, chosen, 'patches', signal)
        seen.set(each.id, { open: open!, size: chosen })
      }
      // Once, when all are there: colours that are shared change with every picture.
      looks.value++
    } catch (error) {
      if (!DinokitError.is(error, 'aborted')) failed(picture, error)
    }
  }
}
