import { computed, effect, untracked, type ReadonlySignal } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import type { DenseTask, HeadChoice, HeadRequest } from '../../engine/protocol.ts'
import { report } from '../notices.ts'
import { heads, openingHead, usable } from '../store.ts'
import { requestOf } from './heads.ts'

const wanted: ReadonlySignal<HeadRequest | undefined> = computed(() => openingHead.value?.request)

/**
 * Opens heads as they are asked for, once there is a model. With each model its own heads are there at once: they cost no
 * download.
 */
export function openChosenHeads(engine: Engine): void {
  effect(() => {
    const choices = usable.value?.heads
    heads.value = choices ? { ...ownHead(choices, 'segmentation'), ...ownHead(choices, 'depth') } : {}
  })
  effect(() => {
    const request = wanted.value
    if (!request || !usable.value) return
    const controller = new AbortController()
    untracked(() => void open(engine, request, controller.signal))
    return () => controller.abort()
  })
}

function ownHead(choices: Readonly<Record<DenseTask, readonly HeadChoice[]>>, task: DenseTask): Partial<Record<DenseTask, HeadRequest>> {
  const own = choices[task].find(({ bytes }) => bytes === 0)
  return own ? { [task]: requestOf(task, own) } : {}
}

async function open(engine: Engine, request: HeadRequest, signal: AbortSignal): Promise<void> {
  try {
    await engine.openHead(
      request,
      ({ done, total }) => {
        if (!signal.aborted) openingHead.value = { request, done, ...(total !== undefined && { total, share: done / total }) }
      },
      signal,
    )
    if (signal.aborted) return
    heads.value = { ...heads.value, [request.task]: request }
  } catch (error) {
    if (signal.aborted || DinokitError.is(error, 'aborted')) return
    report(error, { what: 'head', name: request.title })
  }
  openingHead.value = undefined
}
