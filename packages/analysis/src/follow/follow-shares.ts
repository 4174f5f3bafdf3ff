import { DinokitError, tensor, type Tensor } from '@dinokit/core'
import { unitTokens } from '../lib/unit-tokens.ts'

/** A frame's patches, and what share of each thing is in each of them. */
export interface LabeledFrame {
  /** [rows][columns][dim] */
  readonly patches: Tensor
  /** [rows][columns][things], from 0 to 1 */
  readonly shares: Tensor
}

/** Options of {@link followShares}. */
export interface FollowOptions {
  /** Farthest, in patches, that a thing moves between the frames that are compared. Default 12. */
  readonly radius?: number
  /** Number of most similar patches that a patch takes its shares from. Default 5. */
  readonly top?: number
  /** Temperature of their weights; smaller trusts the most similar patch more. Default 0.2. */
  readonly temperature?: number
}

/**
 * Finds what share of each thing is in each patch of a frame: the mean of the shares of the patches most similar to it, within a
 * radius, in frames whose shares are known (label propagation, as DINO is measured by on videos).
 *
 * @param grid - [rows][columns][dim] of the frame
 * @param known - frames of the same size and model
 * @param options - radius, how many patches, temperature
 * @returns [rows][columns][things]
 * @throws DinokitError `tensor-invalid` for frames of another size or model, or that are not finite; `invalid-option`
 */
export function followShares(grid: Tensor, known: readonly LabeledFrame[], options: FollowOptions = {}): Tensor {
  return sharesFrom(grid, known.map(unitFrame), options)
}

/** A labeled frame with tokens of length 1. */
interface UnitFrame extends LabeledFrame {
  readonly units: Float32Array
  /** 1 for patches with a share of anything. */
  readonly labeled: Uint8Array
}

/** Follows things from frame to frame. */
export interface Follower {
  /**
   * Finds the things in the next frame.
   *
   * @param patches - [rows][columns][dim]
   * @returns [rows][columns][things]: what share of each patch is of each thing
   * @throws DinokitError `tensor-invalid`
   */
  next(patches: Tensor): Tensor
}

/** Options of {@link createFollower}. */
export interface FollowerOptions extends FollowOptions {
  /** Number of frames before a frame that it is compared with, beside the first. Default 7. */
  readonly frames?: number
}

/**
 * Makes what follows things from a first frame on: each frame is compared with the first one and with the last ones.
 *
 * @param first - frame in which the things are marked
 * @param options - of following
 * @throws DinokitError `tensor-invalid`, `invalid-option`
 */
export function createFollower(first: LabeledFrame, { frames = 7, ...options }: FollowerOptions = {}): Follower {
  assertOptions({ frames, ...options })
  const start = unitFrame(first)
  let last: readonly UnitFrame[] = []
  return {
    next(patches) {
      const shares = sharesFrom(patches, [start, ...last], options)
      last = [...last, unitFrame({ patches, shares })].slice(-frames)
      return shares
    },
  }
}

function unitFrame(frame: LabeledFrame): UnitFrame {
  const { patches, shares } = frame
  const things = shares.shape[2]!
  const fits = patches.shape.length === 3 && shares.shape.length === 3 && [0, 1].every((side) => patches.shape[side] === shares.shape[side])
  if (!fits || things === 0) {
    throw new DinokitError('tensor-invalid', 'These shares are not of this frame.', {
      given: `[${patches.shape.join('][')}] and [${shares.shape.join('][')}]`,
      expected: '[rows][columns][dim] and [rows][columns][things]',
    })
  }
  const labeled = new Uint8Array(shares.data.length / things)
  shares.data.forEach((share, i) => (labeled[Math.floor(i / things)]! |= Number(share > 0)))
  return { ...frame, units: unitTokens(patches), labeled }
}

function assertOptions({ radius = 12, top = 5, temperature = 0.2, frames = 7 }: FollowerOptions): void {
  const whole = [radius, top, frames].every((value) => Number.isInteger(value) && value > 0)
  if (whole && temperature > 0) return
  throw new DinokitError('invalid-option', 'Following needs whole numbers above 0, and a temperature above 0.', {
    given: `radius ${radius}, top ${top}, temperature ${temperature}, frames ${frames}`,
    expected: 'such as radius 12, top 5, temperature 0.2, frames 7',
  })
}

function sharesFrom(grid: Tensor, known: readonly UnitFrame[], options: FollowOptions): Tensor {
  assertOptions(options)
  const { radius = 12, top = 5, temperature = 0.2 } = options
  assertAlike(grid, known)
  const [rows, columns, dim] = grid.shape as [number, number, number]
  const things = known[0]!.shares.shape[2]!
  const units = unitTokens(grid)
  const offsets = disk(radius)
  const shares = new Float32Array(rows * columns * things)
  for (let row = 0, patch = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, patch++) {
      const near = offsets
        .filter(([y, x]) => row + y >= 0 && row + y < rows && column + x >= 0 && column + x < columns)
        .map(([y, x]) => patch + y * columns + x)
      // Where nothing around is of a thing, the most similar patches are not, either.
      if (!known.some(({ labeled }) => near.some((other) => labeled[other]))) continue
      const best = mostSimilar(units.subarray(patch * dim, (patch + 1) * dim), known, near, top)
      const weights = best.map(({ cosine }) => Math.exp((cosine - best[0]!.cosine) / temperature))
      const sum = weights.reduce((a, b) => a + b, 0)
      best.forEach(({ frame, patch: from }, i) => {
        for (let thing = 0; thing < things; thing++) {
          shares[patch * things + thing]! += (weights[i]! / sum) * frame.shares.data[from * things + thing]!
        }
      })
    }
  }
  return tensor('float32', shares, [rows, columns, things])
}

interface Similar {
  readonly cosine: number
  readonly frame: UnitFrame
  readonly patch: number
}

/** Finds the patches most similar to a token, the most similar first. */
function mostSimilar(token: Float32Array, known: readonly UnitFrame[], near: readonly number[], top: number): Similar[] {
  const best: Similar[] = []
  const dim = token.length
  for (const frame of known) {
    const { units } = frame
    for (const patch of near) {
      let cosine = 0
      for (let i = 0, at = patch * dim; i < dim; i++, at++) cosine += token[i]! * units[at]!
      if (best.length === top && cosine <= best[top - 1]!.cosine) continue
      const place = best.findIndex((other) => cosine > other.cosine)
      best.splice(place < 0 ? best.length : place, 0, { cosine, frame, patch })
      if (best.length > top) best.pop()
    }
  }
  return best
}

function disk(radius: number): (readonly [row: number, column: number])[] {
  const steps = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius)
  return steps.flatMap((row) =>
    steps.filter((column) => row * row + column * column <= radius * radius).map((column) => [row, column] as const),
  )
}

function assertAlike(grid: Tensor, known: readonly UnitFrame[]): void {
  const shapes = [grid.shape, ...known.map(({ patches }) => patches.shape)]
  const alike = grid.shape.length === 3 && shapes.every((shape) => shape.every((length, i) => length === grid.shape[i]))
  if (known.length > 0 && alike && known.every(({ shares }) => shares.shape[2] === known[0]!.shares.shape[2])) return
  throw new DinokitError('tensor-invalid', 'Frames are followed that are not of one size and one model.', {
    given: shapes.map((shape) => `[${shape.join('][')}]`).join(', '),
    expected: 'the same rows, columns and dim, and at least one frame whose shares are known',
  })
}
