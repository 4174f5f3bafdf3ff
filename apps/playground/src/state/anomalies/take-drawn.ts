import { batch, effect, untracked } from '@preact/signals'
import { addImages } from '../files.ts'
import { drawParts } from './draw-parts.ts'
import { addGood, areDrawn, goodImages, wantsDrawn } from './good-images.ts'

/** Takes parts that the page draws: good ones to learn, and others to score. */
export async function takeDrawnParts(): Promise<void> {
  const { good, others } = await drawParts()
  batch(() => {
    addGood(good)
    areDrawn.value = goodImages.value.length === good.length
    addImages(others)
  })
}

/** Takes them whenever the user asks for them. */
export function takeWantedParts(): void {
  effect(() => {
    if (!wantsDrawn.value) return
    untracked(() => void takeDrawnParts())
    wantsDrawn.value = false
  })
}
