import { discoverObjects, outlierPatches, patchFacet } from '@dinokit/analysis'
import { signal } from '@preact/signals'
import { Slider } from '../components/controls/slider.tsx'
import type { Layer } from './layer.ts'
import { THING_COLORS, thingColor, thingCss } from './thing-colors.ts'

interface Options {
  /** Most objects to find. */
  readonly most: number
}

interface Detail {
  readonly objects: readonly FoundObject[]
}

interface FoundObject {
  /** CSS. */
  readonly color: string
  /** Share of the image, 0 to 1. */
  readonly share: number
  /** Measure of how well it stands apart, 0 to 1. */
  readonly score: number
}

const most = signal(1)

/** Objects that are found without any training: what stands apart from the rest of the image. */
export const objects: Layer<Options, Detail> = {
  id: 'objects',
  title: 'Objects',
  summary: 'What stands apart, found without any training: patches that are alike are cut from the rest (TokenCut).',
  needs: ({ architecture: { depth } }) => ({ facets: [depth], rawLayers: [depth] }),
  options: () => ({ most: most.value }),
  compute({ card, tokens }, { most }) {
    const { depth } = card.architecture
    const found = discoverObjects(patchFacet(tokens, depth), { most, ignored: outlierPatches(tokens.rawLayers[depth]!.patches) })
    const [height, width] = tokens.patches.shape as [number, number, number]
    const labels = new Uint8Array(width * height)
    const data = new Uint8ClampedArray(width * height * 4)
    found.forEach(({ mask }, index) => {
      mask.data.forEach((inside, patch) => {
        if (!inside) return
        labels[patch] = index + 1
        data.set([...thingColor(index), 255], patch * 4)
      })
    })
    return {
      raster: { width, height, data },
      values: { data: labels, label: '', names: ['no object', ...found.map((_, index) => `object ${index + 1}`)] },
      detail: {
        objects: found.map(({ mask, score }, index) => ({
          color: thingCss(index),
          share: mask.data.reduce((sum, inside) => sum + inside, 0) / mask.data.length,
          score,
        })),
      },
    }
  },
  Controls: ({ drawing }) => (
    <>
      <Slider
        label="Most objects"
        value={most.value}
        min={1}
        max={THING_COLORS.length}
        shown={String(most.value)}
        onInput={(value) => (most.value = value)}
      />
      {drawing?.detail?.objects.length === 0 && <p class="hint">None was found: nothing stands apart here.</p>}
      <ul class="swatches">
        {drawing?.detail?.objects.map(({ color, share, score }, index) => (
          <li key={color}>
            <span class="swatch" style={{ background: color }} />
            <span>
              Object {index + 1}, score {score.toFixed(2)}
            </span>
            <span class="swatch-share">{Math.round(share * 100)} %</span>
          </li>
        ))}
      </ul>
      <p class="hint">Objects after the first are less certain: a second one may be a part of what is behind the first.</p>
    </>
  ),
}
