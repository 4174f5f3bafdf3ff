import { matchPatches } from '@dinokit/analysis'
import { computed, signal } from '@preact/signals'
import { Switch } from '../components/controls/switch.tsx'
import { currentImage, images, pointedPatch, type Patch } from '../state/store.ts'
import type { Layer, Raster } from './layer.ts'

interface Options {
  /** Id of the image that is matched with the one that is shown. */
  readonly other: string
  /** Whether only matches are kept with which those around agree. */
  readonly agreeing: boolean
}

/** Matches of the image that is shown with another. */
export interface MatchDetail {
  readonly other: string
  /** Rows and columns of the other image's patches. */
  readonly grid: readonly [rows: number, columns: number]
  /** For each patch of the image that is shown, the place of its match in the other image, in patches; undefined where it has none. */
  readonly places: readonly (Patch | undefined)[]
}

const chosen = signal<string | undefined>(undefined)
const agreeing = signal(false)

/** The image that is matched: the chosen one, or the first that is not shown. */
export const otherImage = computed(() => {
  const others = images.value.filter(({ id }) => id !== currentImage.value)
  return others.find(({ id }) => id === chosen.value) ?? others[0]
})

/** Patches of two images of which each is the most similar to the other, in the same color. */
export const match: Layer<Options, MatchDetail> = {
  id: 'match',
  title: 'Match',
  summary:
    'Parts of two images that are the same to the model have the same color: pairs of patches of which each is the most similar to the other.',
  options: () => (otherImage.value ? { other: otherImage.value.id, agreeing: agreeing.value } : undefined),
  usesOthers: () => images.value.length > 1,
  compute({ tokens, patches }, { other, agreeing }) {
    const [rows, columns] = tokens.patches.shape as [number, number, number]
    const empty = { width: columns, height: rows, data: new Uint8ClampedArray(rows * columns * 4) }
    const grid = patches.get(other)
    // It is embedded next, and this drawn again.
    if (!grid) return { raster: empty }
    const [otherRows, otherColumns] = grid.shape as [number, number, number]
    const theirs: Raster = { width: otherColumns, height: otherRows, data: new Uint8ClampedArray(otherRows * otherColumns * 4) }
    const similarity = new Float32Array(rows * columns).fill(NaN)
    const places = Array.from<Patch | undefined>({ length: rows * columns })
    for (const found of matchPatches(tokens.patches, grid, agreeing ? {} : { agreeing: 0 })) {
      const { from, to } = found
      const index = from.row * columns + from.column
      const color = colorAt(from.column / columns, from.row / rows)
      empty.data.set(color, index * 4)
      theirs.data.set(color, (Math.round(to.row) * otherColumns + Math.round(to.column)) * 4)
      similarity[index] = found.similarity
      places[index] = to
    }
    return {
      raster: empty,
      others: { [other]: theirs },
      values: { data: similarity, label: 'match, similarity', none: 'no match' },
      detail: { other, grid: [otherRows, otherColumns], places },
    }
  },
  Controls: ({ drawing }) => (
    <>
      <label class="field">
        <span class="field-label">With</span>
        <select value={otherImage.value?.id} onChange={(event) => (chosen.value = event.currentTarget.value)}>
          {images.value
            .filter(({ id }) => id !== currentImage.value)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
      </label>
      <Switch label="Only where those around agree" value={agreeing} />
      <p class="hint">
        {images.value.length < 2
          ? 'Add another image to match this one with.'
          : drawing?.detail
            ? `${drawing.detail.places.filter((place) => place).length} matches. Point at a patch: its match is framed in the other image.`
            : 'Looking at the other image…'}
      </p>
    </>
  ),
}

/** Place in the other image of the patch that is pointed at, or else chosen. */
export function matchOf({ places }: MatchDetail, columns: number): Patch | undefined {
  const at = pointedPatch.value
  return at && places[at.row * columns + at.column]
}

/** A color for a place: reds to the right, greens downward, blues to the top left. */
function colorAt(x: number, y: number): [number, number, number, number] {
  return [Math.round(40 + 215 * x), Math.round(40 + 215 * y), Math.round(255 * (1 - (x + y) / 2)), 255]
}
