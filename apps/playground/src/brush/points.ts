import { computed, signal } from '@preact/signals'
import { currentDrawing, stage, type Place } from '../state/store.ts'

/** Points that were marked in an image, a camera or a video. */
interface Points {
  readonly image: string
  readonly places: readonly Place[]
}

/** More could not be told apart by their colors. */
export const MOST_POINTS = 5

const marked = signal<Points | undefined>(undefined)

/** Points of what is on the stage. */
export const pointsHere = computed(() => (marked.value?.image === stage.value?.image ? marked.value : undefined))

/** Marks a point of what is on the stage. Those before it go on from where they were followed to; one that is lost is left out. */
export function addPoint({ x, y }: Place): void {
  const image = stage.value?.image
  if (image === undefined) return
  const before = currentDrawing.value?.points?.flatMap((point) => (point ? [{ x: point.x, y: point.y }] : [])) ?? []
  marked.value = { image, places: [...before, { x, y }].slice(-MOST_POINTS) }
}

/** Forgets all points. */
export function clearPoints(): void {
  marked.value = undefined
}
