import { joinTokens, maskedTokens, segmentByClusters } from '@dinokit/analysis'
import type { Tensor } from 'dinokit/browser'
import { BrushHint } from '../brush/brush-hint.tsx'
import { brushed, brushMask, type Brushed } from '../brush/brush.ts'
import { images } from '../state/store.ts'
import type { Layer, Raster } from './layer.ts'

interface Detail {
  /** Share of its image that the thing takes up, 0 to 1, by image. */
  readonly shares: Readonly<Record<string, number>>
}

const COLOR = [255, 140, 0, 255] as const

/** Drawn where nothing is to be told apart: it is brushed all over, or not embedded yet and drawn again. */
const NOTHING: Raster = { width: 1, height: 1, data: new Uint8ClampedArray(4) }

/** A thing that is brushed in one image or more, found in all of them. */
export const example: Layer<readonly Brushed[], Detail> = {
  id: 'example',
  title: 'Example',
  summary:
    'Brush over a thing: groups of patches that are more like it than like the rest of that image are found in all images, without training.',
  brushes: () => true,
  options: () => {
    const here = images.value.map(({ id }) => id)
    const examples = brushed.value.filter(({ image }) => here.includes(image))
    return examples.length > 0 ? examples : undefined
  },
  usesOthers: () => brushed.value.length > 0 && images.value.length > 1,
  compute({ image, tokens, patches }, examples) {
    const parts = examples.flatMap(({ image, places }) => {
      const grid = patches.get(image)
      return grid ? [{ grid, mask: brushMask(places, grid.shape as [number, number, number]) }] : []
    })
    if (parts.length === 0) return { raster: NOTHING }
    const [inside, outside] = [1, 0].map((wanted) =>
      joinTokens(parts.map(({ grid, mask }) => maskedTokens(grid, { ...mask, data: mask.data.map((value) => Number(value === wanted)) }))),
    ) as [Tensor, Tensor]
    if (inside.data.length === 0 || outside.data.length === 0) return { raster: NOTHING }
    const found = new Map([...patches].map(([id, grid]) => [id, segmentByClusters(grid, { inside, outside })]))
    const here = found.get(image) ?? segmentByClusters(tokens.patches, { inside, outside })
    return {
      raster: rasterOf(here),
      others: Object.fromEntries([...found].filter(([id]) => id !== image).map(([id, scores]) => [id, rasterOf(scores)])),
      values: { data: here.data, label: 'score above the least' },
      detail: { shares: Object.fromEntries([...found].map(([id, scores]) => [id, shareOf(scores)])) },
    }
  },
  Controls: ({ drawing }) => (
    <>
      <BrushHint />
      <ul class="swatches">
        {images.value.map(({ id, name }) => {
          const share = drawing?.detail?.shares[id]
          return share === undefined ? null : (
            <li key={id}>
              <span class="swatch" style={{ background: share > 0 ? `rgb(${COLOR.slice(0, 3).join(' ')})` : 'transparent' }} />
              <span>{name}</span>
              <span class="swatch-share">{share > 0 ? `${Math.max(1, Math.round(share * 100))} %` : 'not found'}</span>
            </li>
          )
        })}
      </ul>
    </>
  ),
}

function shareOf({ data }: Tensor): number {
  return data.filter((score) => score > 0).length / data.length
}

function rasterOf({ data, shape }: Tensor): Raster {
  const [height, width] = shape as [number, number]
  const colors = new Uint8ClampedArray(width * height * 4)
  data.forEach((score, patch) => {
    if (score > 0) colors.set(COLOR, patch * 4)
  })
  return { width, height, data: colors }
}
