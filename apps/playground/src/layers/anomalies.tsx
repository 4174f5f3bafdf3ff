import { colorValues } from '@dinokit/analysis'
import type { Tensor } from 'dinokit/browser'
import { GoodImages } from '../components/good-images.tsx'
import { Slider } from '../components/controls/slider.tsx'
import { chosenThreshold, goodBank, threshold } from '../state/anomalies/good-images.ts'
import { images, live, stage } from '../state/store.ts'
import type { Layer, Raster } from './layer.ts'
import { rasterOf } from './raster.ts'

interface Options {
  /** Identity of the bank. */
  readonly bank: number
  /** Score above which an image is not like the good ones. */
  readonly threshold?: number
}

interface Detail {
  /** Score of each image. */
  readonly scores: Readonly<Record<string, number>>
  /** Distance of the last color. */
  readonly high: number
  readonly threshold?: number
}

/** Raster that shows nothing, where the bank is of another resolution: it is learned anew, and this drawn again. */
const NOTHING: Raster = { width: 1, height: 1, data: new Uint8ClampedArray(4) }

/** Patches that are unlike those of good images. */
export const anomalies: Layer<Options, Detail> = {
  id: 'anomalies',
  title: 'Anomalies',
  summary: 'Show it how things should be: patches of other images that are unlike all of those light up, without training.',
  options: () => goodBank.value && { bank: goodBank.value.id, ...(threshold.value !== undefined && { threshold: threshold.value }) },
  usesOthers: () => goodBank.value !== undefined && images.value.length > 1,
  async compute({ image, tokens, patches, scoreByBank }, { threshold: limit }) {
    const here = await scoreByBank(tokens.patches)
    if (!here) return { raster: NOTHING }
    const high = limit === undefined ? Math.max(...here.distances.data) : 2 * limit
    const others: Record<string, Raster> = {}
    const scores: Record<string, number> = { [image]: here.score }
    for (const [id, grid] of patches) {
      if (id === image) continue
      const other = (await scoreByBank(grid))!
      others[id] = heatOf(other.distances, high)
      scores[id] = other.score
    }
    return {
      raster: heatOf(here.distances, high),
      others,
      values: { data: here.distances.data, label: 'distance' },
      detail: { scores, high, ...(limit !== undefined && { threshold: limit }) },
    }
  },
  legend: ({ detail }) => detail && { map: 'magma', low: '0', high: detail.high.toFixed(2), label: 'Distance from good patches' },
  caption({ detail }) {
    const score = detail?.scores[stage.value?.image ?? '']
    return score === undefined ? undefined : `Score ${score.toFixed(3)}${verdictOf(score, detail?.threshold)}`
  },
  Controls: ({ drawing }) => (
    <>
      <GoodImages />
      {goodBank.value && drawing && !drawing.detail && live.value && (
        <p class="hint">A camera is seen in 224 or 280 pixels: choose that resolution to score it.</p>
      )}
      {drawing?.detail && <Scores {...drawing.detail} />}
      {goodBank.value && <Threshold />}
    </>
  ),
}

/** Threshold of the bank, or the user's own. */
function Threshold() {
  const own = goodBank.value?.threshold
  const value = threshold.value ?? 0
  return (
    <>
      <Slider
        label="Threshold"
        value={value}
        min={0}
        max={1}
        step={0.005}
        shown={threshold.value === undefined ? 'none' : value.toFixed(3)}
        onInput={(next) => (chosenThreshold.value = next)}
      />
      <p class="hint">
        {chosenThreshold.value !== undefined && own ? (
          <button type="button" class="link" onClick={() => (chosenThreshold.value = undefined)}>
            Back to {own.threshold.toFixed(3)}, by the good images
          </button>
        ) : own ? (
          `At most ${Math.round(100 * own.falseAlarms)} % of images like the good ones are expected above it${own.images < 19 ? '; more good images promise less' : ''}.`
        ) : (
          'A second good image gives a threshold.'
        )}
      </p>
    </>
  )
}

/** Scores of all images, the highest first. */
function Scores({ scores, threshold: limit }: Detail) {
  const here = scores[stage.value?.image ?? '']
  const listed = images.value.filter(({ id }) => id in scores).sort((a, b) => scores[b.id]! - scores[a.id]!)
  return (
    <>
      {here !== undefined && (
        <p class="anomaly-score" role="status">
          <strong>{here.toFixed(3)}</strong>
          {verdictOf(here, limit)}
        </p>
      )}
      {listed.length > 1 && (
        <ul class="swatches" aria-label="Scores">
          {listed.map(({ id, name }) => (
            <li key={id}>
              <span class={`swatch ${limit !== undefined && scores[id]! > limit ? 'is-over' : 'is-under'}`} />
              <span>{name}</span>
              <span class="swatch-share">
                {scores[id]!.toFixed(3)}
                {limit !== undefined && <span class="visually-hidden">{verdictOf(scores[id]!, limit)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function verdictOf(score: number, limit: number | undefined): string {
  if (limit === undefined) return ''
  return score > limit ? ', unlike the good images' : ', like the good images'
}

/** Colors of distances. Those below half the threshold, or a quarter of the largest, let the image through. */
function heatOf(distances: Tensor, high: number): Raster {
  const raster = rasterOf(colorValues(distances, { map: 'magma', low: 0, high: Math.max(high, Number.MIN_VALUE) }))
  distances.data.forEach(
    (distance, patch) => (raster.data[patch * 4 + 3] = Math.round(255 * Math.min(1, Math.max(0, (4 * distance) / high - 1)))),
  )
  return raster
}
