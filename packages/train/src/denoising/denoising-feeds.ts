import { stackBytes, tensor, type ModelCard, type Pixels, type Tensor } from '@dinokit/core'
import type { BatchFeeds } from '../step/create-trainer.ts'
import { cutPatches, cutPixels, type PatchWindow } from './windows.ts'
import type { DenoisedTargets } from './denoised-targets.ts'

/** One image of a step. */
export interface DenoisingView {
  readonly pixels: Pixels
  /** Targets of the whole image; attention where it is matched. */
  readonly targets: Pick<DenoisedTargets, 'patches'> & Partial<DenoisedTargets>
  readonly window: PatchWindow
  /** Places of the window's patches that the student sees, ascending. Default: all. */
  readonly visible?: readonly number[]
}

/** Options of {@link denoisingFeeds}. */
export interface DenoisingFeedsOptions {
  /** Whether the step takes a bias of keys, and whether this one keeps all from looking at corners. */
  readonly corners?: 'free' | 'masked'
  /** Whether attention is matched. Default false. */
  readonly attention?: boolean
}

/** Number added to the scores of keys that nothing may look at. */
const HIDDEN = -1e4

/**
 * Makes a batch of `denoisingStep` but for class tokens, which the teacher gives for the same `pixels`.
 *
 * @param card - of the student
 * @param views - windows of one size, with as many visible patches each
 * @param options - what the step takes
 */
export function denoisingFeeds(
  { architecture: { patch, dim, heads, registers } }: ModelCard,
  views: readonly DenoisingView[],
  { corners, attention = false }: DenoisingFeedsOptions = {},
): BatchFeeds & { readonly pixels: Tensor<'uint8'> } {
  const { side } = views[0]!.window
  const grid = side ** 2
  const all = Array.from({ length: grid }, (_, place) => place)
  const count = views[0]!.visible?.length ?? grid
  const pixels = stackBytes(views.map((view) => cutPixels(view.pixels, view.window, patch)))
  const patches = new Float32Array(views.length * count * dim)
  const shares = new Float32Array(attention ? views.length * heads * count : 0)
  const keys = new Float32Array(views.length * (1 + registers + count))
  const places = new BigInt64Array(views.length * count)
  views.forEach(({ targets, window, visible = all }, image) => {
    const hidden = visible.map((place) => corners === 'masked' && isCorner(place, side))
    const columns = targets.patches.shape[1]!
    const ofWindow = cutPatches({ data: targets.patches.data, width: columns, elements: dim }, window)
    visible.forEach((place, index) => {
      patches.set(ofWindow.subarray(place * dim, (place + 1) * dim), (image * count + index) * dim)
      places[image * count + index] = BigInt(place)
      if (hidden[index]) keys[image * (1 + registers + count) + 1 + registers + index] = HIDDEN
    })
    if (!attention) return
    const { data, shape } = targets.attention!
    const length = shape[1]! * shape[2]!
    for (let head = 0; head < heads; head++) {
      const numbers = cutPatches({ data: data.subarray(head * length, (head + 1) * length), width: columns, elements: 1 }, window)
      const seen = visible.map((place, index) => (hidden[index] ? 0 : numbers[place]!))
      const sum = seen.reduce((total, value) => total + value, 0)
      shares.set(
        seen.map((value) => value / sum),
        (image * heads + head) * count,
      )
    }
  })
  return {
    pixels,
    patches: tensor('float32', patches, [views.length, count, dim]),
    ...(views[0]!.visible && {
      places: tensor('int64', places, [places.length]),
      rows: tensor(
        'int64',
        places.map((place, index) => place + BigInt(Math.floor(index / count) * grid)),
        [places.length],
      ),
    }),
    ...(corners && { keyBias: tensor('float32', keys, [views.length, 1, 1, 1 + registers + count]) }),
    ...(attention && { attention: tensor('float32', shares, [views.length, heads, count]) }),
  }
}

/** Whether a patch is in one of the four corners, which are 3x3 of 16x16 patches, and as much of other grids. */
function isCorner(place: number, side: number): boolean {
  const corner = Math.max(1, Math.round((3 / 16) * side))
  const near = (at: number): boolean => at < corner || at >= side - corner
  return near(Math.floor(place / side)) && near(place % side)
}
