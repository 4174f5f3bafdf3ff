import { computed, signal } from '@preact/signals'
import { tensor } from 'dinokit/browser'
import type { Raster } from '../layers/layer.ts'
import { cellOf, stage, type Patch, type Place } from '../state/store.ts'

/** Patches that were brushed in an image. */
export interface Brushed {
  readonly image: string
  /** Their centers; they stay when the image's grid changes. */
  readonly places: readonly Place[]
}

/** Brushed patches of all images, by image. */
const strokes = signal<Readonly<Record<string, readonly Place[]>>>({})

/** All that is brushed, one entry an image. */
export const brushed = computed((): readonly Brushed[] =>
  Object.entries(strokes.value).flatMap(([image, places]) => (places.length > 0 ? [{ image, places }] : [])),
)

/** Brushed patches of the image on the stage. */
export const brushedHere = computed(() => brushed.value.find(({ image }) => image === stage.value?.image))

/** Forgets all that was brushed. */
export function clearBrush(): void {
  strokes.value = {}
}

/** Whether a patch of the image on the stage is brushed. */
export function isBrushed(at: Patch): boolean {
  const [rows, columns] = gridOnStage()
  return cellsOf(brushedHere.value?.places ?? [], [rows, columns]).has(at.row * columns + at.column)
}

/**
 * Brushes patches of the image on the stage, or takes them back.
 *
 * @param at - the patch
 * @param add - whether they are brushed
 * @param radius - 0 for this patch alone, 1 for those beside it too
 */
export function brush({ row, column }: Patch, add: boolean, radius: 0 | 1): void {
  const image = stage.value?.image
  const [rows, columns] = gridOnStage()
  if (image === undefined || rows === 0) return
  const cells = cellsOf(brushedHere.value?.places ?? [], [rows, columns])
  for (const [down, right] of radius === 0 ? PLUS.slice(0, 1) : PLUS) {
    const [r, c] = [row + down, column + right]
    if (r < 0 || c < 0 || r >= rows || c >= columns) continue
    if (add) cells.add(r * columns + c)
    else cells.delete(r * columns + c)
  }
  const places = [...cells].map((cell) => ({ x: ((cell % columns) + 0.5) / columns, y: (Math.floor(cell / columns) + 0.5) / rows }))
  strokes.value = { ...strokes.value, [image]: places }
}

const PLUS = [
  [0, 0],
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const

/** The brushed patches of the image on the stage, to be drawn at once. */
export const brushRaster = computed((): Raster | undefined => {
  const here = brushedHere.value
  const [rows, columns] = gridOnStage()
  if (!here || rows === 0) return undefined
  const data = new Uint8ClampedArray(rows * columns * 4)
  for (const cell of cellsOf(here.places, [rows, columns])) data.set([255, 255, 255, 150], cell * 4)
  return { width: columns, height: rows, data }
})

/**
 * Brings brushed places to a grid of patches.
 *
 * @returns [rows][columns], 1 for brushed patches
 */
export function brushMask(places: readonly Place[], [rows, columns]: readonly [number, number, ...number[]]) {
  const data = new Uint8Array(rows * columns)
  for (const cell of cellsOf(places, [rows, columns])) data[cell] = 1
  return tensor('bool', data, [rows, columns])
}

function cellsOf(places: readonly Place[], [rows, columns]: readonly [number, number]): Set<number> {
  return new Set(places.map(({ x, y }) => cellOf(y, rows) * columns + cellOf(x, columns)))
}

function gridOnStage(): readonly [rows: number, columns: number] {
  return stage.value?.embedded?.grid ?? [0, 0]
}
