import { attentionMaps, colorValues, meanMap, rankHeads, type RankedHead } from '@dinokit/analysis'
import { computed, signal } from '@preact/signals'
import { tensor, type Tensor } from 'dinokit/browser'
import { Choice } from '../components/controls/choice.tsx'
import { RasterCanvas } from '../components/raster-canvas.tsx'
import { BrushHint } from '../brush/brush-hint.tsx'
import { Slider } from '../components/controls/slider.tsx'
import { Switch } from '../components/controls/switch.tsx'
import { brushedHere, brushMask } from '../brush/brush.ts'
import { model, patch, type Patch, type Place } from '../state/store.ts'
import type { Drawing, Layer, Raster } from './layer.ts'
import { rasterOf } from './raster.ts'

interface Options {
  /** Counted from 1. */
  readonly layer: number
  readonly head: number | 'mean'
  /** The token that looks. */
  readonly from: 'cls' | Patch
  /** Places that were brushed: heads are ranked by how well they separate these. */
  readonly target?: readonly Place[]
}

interface Detail {
  /** One small image for each head, and one for all of them. */
  readonly heads: readonly Raster[]
  readonly mean: Raster
  readonly high: number
  /** Heads of all layers that separate what is brushed best. */
  readonly ranking?: readonly RankedHead[]
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
/** Whether a target is brushed, rather than a patch chosen. */
const ranks = signal(false)
/** Heads that are named. */
const BEST = 5

/** Attention of one token, in any layer, by any head. */
export const attention: Layer<Options, Detail> = {
  id: 'attention',
  title: 'Attention',
  summary: 'Where a token looks: the class token, which sums up the image, or a patch of your choice.',
  needs: ({ architecture }) => ({ facets: Array.from({ length: architecture.depth }, (_, index) => index + 1) }),
  brushes: () => ranks.value,
  options() {
    const chosen = patch.value
    const target = ranks.value ? brushedHere.value?.places : undefined
    return { layer: layer.value, head: head.value, from: from.value === 'patch' && chosen ? chosen : 'cls', ...(target && { target }) }
  },
  compute({ card, tokens }, { layer, head, from, target }) {
    const { heads, registers } = card.architecture
    const [rows, columns] = tokens.patches.shape as [number, number, number]
    const token = from === 'cls' ? 0 : 1 + registers + Math.min(from.row, rows - 1) * columns + Math.min(from.column, columns - 1)
    const mapsOf = (layer: number): Tensor => attentionMaps(tokens, { layer, heads, token })
    const maps = mapsOf(layer)
    const mean = meanMap(maps)
    const shown = head === 'mean' ? mean : mapOf(maps, head)
    const high = brightest(shown)
    const all = (): Map<number, Tensor> =>
      new Map(Array.from({ length: card.architecture.depth }, (_, index) => [index + 1, mapsOf(index + 1)]))
    const ranking = target && rankHeads(all(), brushMask(target, [rows, columns])).slice(0, BEST)
    return {
      raster: rasterOf(colorValues(shown, { low: 0, high })),
      values: { data: shown.data, label: 'attention' },
      detail: {
        high,
        ...(ranking && { ranking }),
        mean: thumbnail(mean),
        heads: Array.from({ length: heads }, (_, index) => thumbnail(mapOf(maps, index))),
      },
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
      <Switch label="Find heads by brushing" hint="Heads that look at what you brush" value={ranks} />
      {ranks.value && <BrushHint />}
      <Ranking ranking={drawing?.detail?.ranking} />
    </>
  ),
}

/** The heads that separate what is brushed best; one is chosen by its button. */
function Ranking({ ranking }: { readonly ranking: readonly RankedHead[] | undefined }) {
  if (!ranks.value || !ranking) return null
  return (
    <ul class="swatches" aria-label="Heads that separate it best">
      {ranking.map(({ layer, head, averagePrecision }) => (
        <li key={`${layer}.${head}`}>
          <button
            type="button"
            class="button"
            onClick={() => {
              chosenLayer.value = layer
              chosenHead.value = head - 1
            }}
          >
            Layer {layer}, head {head}
          </button>
          <span class="swatch-share">{averagePrecision.toFixed(2)}</span>
        </li>
      ))}
    </ul>
  )
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
