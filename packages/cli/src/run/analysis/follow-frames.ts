import {
  createFollower,
  followedPoint,
  patchShares,
  pointShares,
  sharesOf,
  stackShares,
  type FollowedPoint,
  type Follower,
  type Point,
} from '@dinokit/analysis'
import { DinokitError, tensor, type Pixels, type Placement, type Tensor, type Tokens } from '@dinokit/core'
import { sharpMask } from './find-objects.ts'

/** Choice of what is followed, marked in the first frame. */
export interface MarkedThings {
  /** [height][width] of the first frame, for each mask. */
  readonly masks: readonly Tensor<'bool'>[]
  readonly points: readonly Point[]
}

/** Things in a frame. */
export interface FollowedFrame {
  /** [height][width]: 0 for what is of no mask, 1 for the first mask, and so on. */
  readonly labels: Tensor<'uint8'>
  /** One for each that was marked; null where it is lost. */
  readonly points: readonly (FollowedPoint | null)[]
}

/** Finds marked things in one frame after another. */
export interface FrameFollower {
  /** Takes the next frame; the first is the one in which things are marked. */
  next(tokens: Pick<Tokens, 'patches' | 'placement'>, image: () => Promise<Pixels>): Promise<FollowedFrame>
}

/**
 * Makes what follows marked things through frames.
 *
 * @throws DinokitError `label-invalid`, `invalid-option` at the first frame, where marks lie outside it; `tensor-invalid` at a frame
 *   of another size
 */
export function createFrameFollower({ masks, points }: MarkedThings): FrameFollower {
  let follower: Follower | undefined
  let size: Placement['source'] | undefined
  return {
    async next({ patches, placement }, image) {
      size = assertSize(placement.source, size)
      let shares: Tensor
      if (follower) shares = follower.next(patches)
      else {
        const grid = patches.shape as [number, number, number]
        const marked = [
          ...masks.map((mask) => patchShares(mask, placement, grid)),
          ...points.map((point) => pointShares(point, placement, grid)),
        ]
        shares = stackShares(marked)
        follower = createFollower({ patches, shares })
      }
      return {
        labels: await labelsOf(shares, masks.length, { placement, image }),
        points: points.map((_, index) => followedPoint(sharesOf(shares, masks.length + index), placement) ?? null),
      }
    },
  }
}

function assertSize(given: Placement['source'], first = given): Placement['source'] {
  if (given.width === first.width && given.height === first.height) return first
  throw new DinokitError('tensor-invalid', 'A frame is of another size than the first.', {
    given: `${given.width}x${given.height}`,
    expected: `${first.width}x${first.height}`,
  })
}

interface FrameImage {
  readonly placement: Placement
  readonly image: () => Promise<Pixels>
}

/** Gives each pixel the first mask that more than half of it is of. */
async function labelsOf(shares: Tensor, masks: number, { placement, image }: FrameImage): Promise<Tensor<'uint8'>> {
  const { width, height } = placement.source
  const data = new Uint8Array(width * height)
  for (let mask = 0; mask < masks; mask++) {
    const { data: found } = await sharpMask(sharesOf(shares, mask), await image(), placement)
    for (let pixel = 0; pixel < data.length; pixel++) if (found[pixel] && !data[pixel]) data[pixel] = mask + 1
  }
  return tensor('uint8', data, [height, width])
}
