import { batch } from '@preact/signals'
import type { Engine } from '../engine/engine.ts'
import type { OpenRequest } from '../engine/protocol.ts'
import { report } from './notices.ts'
import { drawing, model, request, stage } from './store.ts'

let controller: AbortController | undefined

/** Opens a model. The one that is open stays in use until then, and for good where that fails or is canceled. */
export async function openModel(engine: Engine, wanted: OpenRequest): Promise<void> {
  controller?.abort()
  const own = (controller = new AbortController())
  const name = nameOf(wanted)
  model.value = { ...model.value, opening: { name, request: wanted } }
  try {
    const open = await engine.open(
      wanted,
      ({ done, total }) => {
        if (own.signal.aborted || controller !== own) return
        model.value = {
          ...model.value,
          opening: { name, request: wanted, done, ...(total !== undefined && { total, share: done / total }) },
        }
      },
      own.signal,
    )
    batch(() => {
      request.value = wanted
      model.value = { open }
      drawing.value = undefined
      // What the other model said of the image is not this one's.
      if (stage.value) {
        const { image, name: title, live, preview, source } = stage.value
        stage.value = { image, name: title, live, ...(preview && { preview }), ...(source && { source }) }
      }
    })
  } catch (error) {
    if (controller !== own) return
    const { open } = model.value
    model.value = open ? { open } : {}
    report(error, { what: 'model', name })
  }
}

/** Stops what {@link openModel} is about. */
export function cancelOpening(): void {
  controller?.abort()
}

/** Returns a model's name for people. */
function nameOf({ model }: OpenRequest): string {
  return typeof model === 'string' ? (model === 'tiny' ? 'The built-in model' : model) : model.name
}
