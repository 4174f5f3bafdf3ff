import { fitPca, foregroundMasks, maskedTokens, pcaColors, type PcaBasis } from '@dinokit/analysis'
import { signal } from '@preact/signals'
import { tensor, type Tensor } from 'dinokit/browser'
import { Switch } from '../components/controls/switch.tsx'
import { images } from '../state/store.ts'
import type { Layer, Scene } from './layer.ts'
import { rasterOf } from './raster.ts'

interface Options {
  readonly foreground: boolean
  readonly shared: boolean
}

const foreground = signal(false)
const shared = signal(false)

/** Patch features as colors: three principal components are red, green and blue. */
export const features: Layer<Options, { readonly empty: boolean }> = {
  id: 'features',
  title: 'Features',
  summary: 'Patches that the model finds alike have like colors: the three directions in which they vary most, as red, green and blue.',
  options: () => ({ foreground: foreground.value, shared: shared.value }),
  usesOthers: () => shared.value,
  compute(scene, { foreground, shared }) {
    const chosen = shared ? scene.patches : new Map([[scene.image, scene.tokens.patches]])
    const ids = [...chosen.keys()]
    const grids = [...chosen.values()]
    const { own, inner } = basisOf(scene, grids, { foreground, shared })
    const masks = foreground ? ownMasks(own, grids) : undefined
    const colored = pcaColors(inner, grids, masks).map((pixels, index) => rasterOf(pixels, masks?.[index]))
    const rasters = Object.fromEntries(ids.map((id, index) => [id, colored[index]!]))
    const { [scene.image]: raster, ...others } = rasters
    const empty = masks && !masks[ids.indexOf(scene.image)]!.data.includes(1)
    return { raster: raster!, others, detail: { empty: empty ?? false } }
  },
  Controls: ({ drawing }) => (
    <>
      <Switch label="Foreground only" hint="Leaves out the background, which the first component tells apart" value={foreground} />
      {drawing?.detail?.empty && <p class="hint">No foreground was found in this image.</p>}
      {images.value.length > 1 && <Switch label="Share colors" hint="Like parts have like colors in all images below" value={shared} />}
    </>
  ),
}

interface Bases {
  /** For each image, the basis that parts its foreground from its background: things are on other sides of it in other images. */
  readonly own: readonly PcaBasis[]
  /** The basis that gives the colors: of all patches, or of the foregrounds'. */
  readonly inner: PcaBasis
}

/** Frames of a camera after which the basis is kept, so that colors stand still while things move. */
const SETTLED = 8
let kept: { readonly key: string; readonly image: string; readonly frames: number; readonly bases: Bases } | undefined

function basisOf({ live, image, tokens }: Scene, grids: readonly Tensor[], { foreground, shared }: Options): Bases {
  const key = JSON.stringify([image, tokens.fingerprint, foreground, shared, grids.length])
  const frames = kept?.key === key ? kept.frames + 1 : 0
  if (kept && live && frames >= SETTLED) return kept.bases
  const bases = fit(grids, foreground)
  const before = kept?.image === image ? kept.bases : undefined
  kept = { key, image, frames, bases: { own: bases.own, inner: turnedAs(bases.inner, before?.inner) } }
  return kept.bases
}

/** A component points either way: the way it did before, so that colors do not jump when a finer look follows a first one. */
function turnedAs(basis: PcaBasis, before: PcaBasis | undefined): PcaBasis {
  const components = basis.components.map((component, index) => {
    const old = before?.components[index]
    const along = old?.length === component.length ? component.reduce((sum, value, i) => sum + value * old[i]!, 0) : 0
    return along < 0 ? component.map((value) => -value) : component
  })
  return { ...basis, components }
}

function fit(grids: readonly Tensor[], foreground: boolean): Bases {
  if (!foreground) return { own: [], inner: fitPca(sampled(grids)) }
  const own = grids.map((grid) => fitPca(sampled([grid])))
  const masks = ownMasks(own, grids)
  const inside = grids.map((grid, index) => maskedTokens(grid, masks[index]!))
  const enough = inside.reduce((sum, { shape }) => sum + shape[0]!, 0) >= LEAST
  return { own, inner: fitPca(sampled(enough ? inside : grids)) }
}

function ownMasks(own: readonly PcaBasis[], grids: readonly Tensor[]): Tensor<'bool'>[] {
  return grids.map((grid, index) => foregroundMasks(own[index]!, [grid])[0]!)
}

/** Fewest vectors that a basis of three colors is worth making of. */
const LEAST = 12
/** Most vectors that a basis is made of: more cost time and change nothing that is seen. */
const MOST = 4096

function sampled(tensors: readonly Tensor[]): Tensor[] {
  const all = tensors.reduce((sum, { data, shape }) => sum + data.length / shape.at(-1)!, 0)
  const step = Math.ceil(all / MOST)
  if (step === 1) return [...tensors]
  return tensors.map(({ data, shape }) => {
    const dim = shape.at(-1)!
    const count = Math.ceil(data.length / dim / step)
    const some = new Float32Array(count * dim)
    for (let i = 0; i < count; i++) some.set(data.subarray(i * step * dim, (i * step + 1) * dim), i * dim)
    return tensor('float32', some, [count, dim])
  })
}
