import { createFollower, followedPoint, placeLayer, pointShares, sharesOf, stackShares, type Follower } from '@dinokit/analysis'
import { signal } from '@preact/signals'
import { tensor, type Placement, type Tensor, type Tokens } from 'dinokit/browser'
import { BrushHint } from '../brush/brush-hint.tsx'
import { brushedHere, brushMask } from '../brush/brush.ts'
import { clearPoints, MOST_POINTS, pointsHere } from '../brush/points.ts'
import { Choice } from '../components/controls/choice.tsx'
import { live, type Place } from '../state/store.ts'
import type { DrawnPoint, Layer, Raster } from './layer.ts'
import { thingCss } from './thing-colors.ts'

interface Options {
  readonly image: string
  /** Brushed places of a thing; none where only points are followed. */
  readonly places: readonly Place[]
  readonly points: readonly Place[]
}

interface Detail {
  /** Share of the frame, 0 to 1; undefined where nothing is brushed. */
  readonly share?: number
}

const mode = signal<'brush' | 'points'>('brush')

/** State of following, in the worker: a stroke of the brush or another point begins anew. */
let followed: { readonly key: string; readonly follower: Follower; readonly tokens: Tokens; readonly shares: Tensor } | undefined

/** A thing that is brushed, and points that are marked, in a frame of a camera or a video, found in the frames after it. */
export const follow: Layer<Options, Detail> = {
  id: 'follow',
  title: 'Follow',
  summary: 'Brush over a thing or mark points in a video or in front of the camera: they are followed from frame to frame.',
  needs: ({ architecture: { depth } }) => ({ layers: [placeLayer(depth)] }),
  brushes: () => live.value !== undefined && mode.value === 'brush',
  marksPoints: () => live.value !== undefined && mode.value === 'points',
  options() {
    const [places, points] = [brushedHere.value?.places ?? [], pointsHere.value?.places ?? []]
    return live.value && places.length + points.length > 0 ? { image: live.value.id, places, points } : undefined
  },
  compute({ card, live, tokens }, { image, places, points }) {
    const { patches } = tokens.layers[placeLayer(card.architecture.depth)]!
    const { placement } = tokens
    const [rows, columns] = patches.shape as [number, number, number]
    const key = JSON.stringify([image, places, points, rows, columns, card.id])
    if (!live) return { raster: rasterOf(tensor('float32', new Float32Array(rows * columns), [rows, columns])) }
    if (followed?.key !== key) {
      const { source } = placement
      const mask = brushMask(places, [rows, columns])
      const shares = stackShares([
        tensor('float32', Float32Array.from(mask.data), [rows, columns]),
        ...points.map(({ x, y }) => pointShares({ x: x * source.width - 0.5, y: y * source.height - 0.5 }, placement, [rows, columns])),
      ])
      followed = { key, follower: createFollower({ patches, shares }), tokens, shares }
    } else if (followed.tokens !== tokens) followed = { ...followed, tokens, shares: followed.follower.next(patches) }
    const { shares: found } = followed
    const shares = sharesOf(found, 0)
    const inside = shares.data.reduce((sum, share) => sum + Number(share > 0.5), 0) / shares.data.length
    return {
      raster: rasterOf(shares),
      points: points.map((_, index) => placeOf(sharesOf(found, index + 1), placement)),
      values: { data: shares.data, label: 'share' },
      detail: { ...(places.length > 0 && { share: inside }) },
    }
  },
  Controls: ({ drawing }) =>
    live.value ? (
      <>
        <Choice
          label="Mark"
          value={mode}
          choices={[
            { value: 'brush', label: 'A thing' },
            { value: 'points', label: 'Points' },
          ]}
        />
        {mode.value === 'brush' ? <BrushHint /> : <PointsHint />}
        {drawing?.detail?.share !== undefined && (
          <p class="hint">
            {drawing.detail.share > 0 ? `${(100 * drawing.detail.share).toFixed(0)} % of the frame` : 'It is lost: brush again.'}
          </p>
        )}
        <ul class="swatches" aria-label="Points">
          {drawing?.points?.map((point, index) => (
            <li key={index}>
              <span class="swatch" style={{ background: thingCss(index) }} />
              <span>Point {index + 1}</span>
              <span class="swatch-share">{point ? `${percent(point.x)} from the left, ${percent(point.y)} down` : 'lost'}</span>
            </li>
          ))}
        </ul>
      </>
    ) : (
      <p class="hint">Add a video, or start the camera.</p>
    ),
}

function PointsHint() {
  return (
    <>
      <p class="hint">Click on up to {MOST_POINTS} points of the frame. With keys: arrows move, Enter marks.</p>
      <button type="button" class="button" disabled={pointsHere.value === undefined} onClick={clearPoints}>
        Clear the points
      </button>
    </>
  )
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

/** Place of a point in the frame; undefined where it is lost. */
function placeOf(shares: Tensor, placement: Placement): DrawnPoint | undefined {
  const { width, height } = placement.source
  const found = followedPoint(shares, placement)
  return found && { x: (found.x + 0.5) / width, y: (found.y + 0.5) / height }
}

function rasterOf({ data, shape }: Tensor): Raster {
  const [height, width] = shape as [number, number]
  const colors = new Uint8ClampedArray(width * height * 4)
  data.forEach((share, patch) => colors.set([255, 140, 0, Math.round(255 * Math.min(1, Math.max(0, 2 * share - 0.5)))], patch * 4))
  return { width, height, data: colors }
}
