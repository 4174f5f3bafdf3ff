import { batch, computed, signal } from '@preact/signals'
import type { LearnedBank } from '../../engine/protocol.ts'
import type { Image, Share } from '../store.ts'

/** The bank that was learned of the good images. */
export interface GoodBank extends LearnedBank {
  /** Identity of this very bank: it is drawn by anew. */
  readonly id: number
}

let last = 0

/** Images of how things should be. */
export const goodImages = signal<readonly Image[]>([])
/** Whether these are the drawn parts that the page has to try it on: a link can name them. */
export const areDrawn = signal(false)
/** Whether the user asked for these. */
export const wantsDrawn = signal(false)
export const goodBank = signal<GoodBank | undefined>(undefined)
/** Progress of learning them. */
export const learningGood = signal<Share | undefined>(undefined)
/** The threshold that the user chose in place of the bank's. */
export const chosenThreshold = signal<number | undefined>(undefined)
/** Score above which an image is not like the good ones, if any. */
export const threshold = computed(() => chosenThreshold.value ?? goodBank.value?.threshold?.threshold)

/** Adds good images. */
export function addGood(files: readonly File[]): void {
  const added = files
    .filter(({ type }) => type === '' || type.startsWith('image/'))
    .map((file) => ({ id: `good-${++last}`, name: file.name || 'Pasted image', file }))
  if (added.length === 0) return
  batch(() => {
    areDrawn.value = false
    goodImages.value = [...goodImages.value, ...added]
  })
}

/** Takes a good image away. */
export function removeGood(id: string): void {
  batch(() => {
    areDrawn.value = false
    goodImages.value = goodImages.value.filter((image) => image.id !== id)
  })
}

/** Takes all of them away. */
export function clearGood(): void {
  batch(() => {
    areDrawn.value = false
    goodImages.value = []
    chosenThreshold.value = undefined
  })
}
