import { attentionMaps, colorValues, meanMap } from '@dinokit/analysis'
import { computed, signal } from '@preact/signals'
import { tensor, type Tensor } from 'dinokit/browser'
import { Choice } from '../components/controls/choice.tsx'
import { RasterCanvas } from '../components/raster-canvas.tsx'
import { Slider } from '../components/controls/slider.tsx'
import { model, patch, type Patch } from '../state/store.ts'
import type { Drawing, Layer, Raster } from './layer.ts'
import { rasterOf } from './raster.ts'

interface Options {
  /** Counted from 1. */
  readonly layer: number
  readonly head: number | 'mean'
  /** The token that looks. */
  readonly from: 'cls' | Patch
}

interface Detail {
  /** One small image for each head, and one for all of them. */
  readonly heads: readonly Raster[]
  readonly mean: Raster
  readonly high: number
}

const depth = computed(() => model.value.open?.depth ?? 1)
/** Undefined: the last one, whatever model is open. */
const chosenLayer = signal<number | undefined>(undefined)
const layer = computed(() => Math.min(chosenLayer.value ?? depth.value, depth.value))
const chosenHead = signal<number | 'mean'>('mean')
const head = computed(() =>
  chosenHead.value === 'mean' || chosenHead.value < (model.value.open?.attentionHeads ?? 1) ? chosenHead.value : 'mean',
)
const from = signal<'cls' | 'patch'>('cls')

/** Attention of one token, in any layer, by any head. */
export const attention: Layer<Options, Detail> = {
  id: 'attention',
  title: 'Attention',
  summary: 'Where a token looks: the class token, which sums up the image, or a patch of your choice.',
  needs: ({ architecture }) => ({ facets: Array.from({ length: architecture.depth }, (_, index) => index + 1) }),
  options() {
    const chosen = patch.value
    return { layer: layer.value, head: head.value, from: from.value === 'patch' && chosen ? chosen : 'cls' }
  },
  compute({ card, tokens }, { layer, head, from }) {
    const { heads, registers } = card.architecture
    const [rows, columns] = tokens.patches.shape as [number, number, number]
    const token = from === 'cls' ? 0 : 1 + registers + Math.min(from.row, rows - 1) * columns + Math.min(from.column, columns - 1)
    const maps = attentionMaps(tokens, { layer, heads, token })
    const mean = meanMap(maps)
    const shown = head === 'mean' ? mean : mapOf(maps, head)
    const high = brightest(shown)
    return {
      raster: rasterOf(colorValues(shown, { low: 0, high })),
      values: { data: shown.data, label: 'attention' },
      detail: { high, mean: thumbnail(mean), heads: Array.from({ length: heads }, (_, index) => thumbnail(mapOf(maps, index))) },
    }
  },
  legend: ({ detail }) =>
    detail && { map: 'viridis', low: '0', high: `${(detail.high * 100).toPrecision(2)} % or more`, label: 'Share of the attention' },
  Controls: ({ drawing }) => (
    <>
      <Choice
        label="From"
        value={from}
        choices={[
          { value: 'cls', label: 'Class token' },
          { value: 'patch', label: 'Chosen patch' },
        ]}
      />
      {from.value === 'patch' && !patch.value && <p class="hint">Click a patch of the image. Until then, the class token looks.</p>}
      <Slider
        label="Layer"
        value={layer.value}
        min={1}
        max={depth.value}
        shown={`${layer.value} of ${depth.value}`}
        onInput={(value) => (chosenLayer.value = value)}
      />
      <Heads drawing={drawing} />
    </>
  ),
}

function Heads({ drawing }: { readonly drawing: Drawing<Detail> | undefined }) {
  const { heads: rasters = [], mean } = drawing?.detail ?? {}
  const count = model.value.open?.attentionHeads ?? 0
  return (
    <fieldset class="heads">
      <legend>Head</legend>
      <div class="heads-grid">
        {['mean' as const, ...Array.from({ length: count }, (_, index) => index)].map((value) => (
          <label key={value} class="head">
            <input
              type="radio"
              name="head"
              class="visually-hidden"
              checked={head.value === value}
              onChange={() => (chosenHead.value = value)}
            />
            <RasterCanvas raster={value === 'mean' ? mean : rasters[value]} />
            <span class="head-name">{value === 'mean' ? 'Mean' : value + 1}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function mapOf({ data, shape }: Tensor, head: number): Tensor {
  const [, rows, columns] = shape as [number, number, number]
  return tensor('float32', data.slice(head * rows * columns, (head + 1) * rows * columns), [rows, columns])
}

/** Share of the patches that are not drawn brightest. */
const BRIGHT = 0.98

/** The value that is drawn brightest: a few patches may be beyond it, as DINOv2's networks put much of a row into few patches. */
function brightest({ data }: Tensor): number {
  const sorted = data.slice().sort()
  return sorted[Math.floor((sorted.length - 1) * BRIGHT)]!
}

/** Longest side of a head's small image. */
const THUMBNAIL = 24

function thumbnail(map: Tensor): Raster {
  const [rows, columns] = map.shape as [number, number]
  const step = Math.max(1, Math.ceil(Math.max(rows, columns) / THUMBNAIL))
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)]
  const small = new Float32Array(width * height)
  map.data.forEach((value, index) => {
    const at = Math.floor(Math.floor(index / columns) / step) * width + Math.floor((index % columns) / step)
    small[at] = Math.max(small[at]!, value)
  })
  const image = tensor('float32', small, [height, width])
  return rasterOf(colorValues(image, { low: 0, high: brightest(image) }))
}
