import { createFollower, placeLayer, sharesOf, stackShares, type Follower } from '@dinokit/analysis'
import { tensor, type Tensor, type Tokens } from 'dinokit/browser'
import { BrushHint } from '../brush/brush-hint.tsx'
import { brushedHere, brushMask, type Brushed } from '../brush/brush.ts'
import { live } from '../state/store.ts'
import type { Layer, Raster } from './layer.ts'

interface Detail {
  /** Share of the frame, 0 to 1. */
  readonly share: number
}

/** State of following, in the worker: a stroke of the brush begins anew. */
let followed: { readonly key: string; readonly follower: Follower; readonly tokens: Tokens; readonly shares: Tensor } | undefined

/** A thing that is brushed in a frame of a camera or a video, found in the frames after it. */
export const follow: Layer<Brushed, Detail> = {
  id: 'follow',
  title: 'Follow',
  summary: 'Brush over a thing in a video or in front of the camera: it is followed from frame to frame.',
  needs: ({ architecture: { depth } }) => ({ layers: [placeLayer(depth)] }),
  brushes: () => live.value !== undefined,
  options: () => (live.value ? brushedHere.value : undefined),
  compute({ card, live, tokens }, { image, places }) {
    const { patches } = tokens.layers[placeLayer(card.architecture.depth)]!
    const [rows, columns] = patches.shape as [number, number, number]
    const key = JSON.stringify([image, places, rows, columns, card.id])
    if (!live) return { raster: rasterOf(tensor('float32', new Float32Array(rows * columns), [rows, columns])) }
    if (followed?.key !== key) {
      const mask = brushMask(places, [rows, columns])
      const shares = stackShares([tensor('float32', Float32Array.from(mask.data), [rows, columns])])
      followed = { key, follower: createFollower({ patches, shares }), tokens, shares }
    } else if (followed.tokens !== tokens) followed = { ...followed, tokens, shares: followed.follower.next(patches) }
    const shares = sharesOf(followed.shares, 0)
    return {
      raster: rasterOf(shares),
      values: { data: shares.data, label: 'share' },
      detail: { share: shares.data.reduce((sum, share) => sum + Number(share > 0.5), 0) / shares.data.length },
    }
  },
  Controls: ({ drawing }) =>
    live.value ? (
      <>
        <BrushHint />
        {drawing?.detail && (
          <p class="hint">
            {drawing.detail.share > 0 ? `${(100 * drawing.detail.share).toFixed(0)} % of the frame` : 'It is lost: brush again.'}
          </p>
        )}
      </>
    ) : (
      <p class="hint">Add a video, or start the camera.</p>
    ),
}

function rasterOf({ data, shape }: Tensor): Raster {
  const [height, width] = shape as [number, number]
  const colors = new Uint8ClampedArray(width * height * 4)
  data.forEach((share, patch) => colors.set([255, 140, 0, Math.round(255 * Math.min(1, Math.max(0, 2 * share - 0.5)))], patch * 4))
  return { width, height, data: colors }
}
