import { DinokitError } from '../../contract/dinokit-error.ts'
import type { Resampler } from '../../cards/model-card.ts'
import type { Pixels } from '../pixels.ts'
import type { Region } from '../region.ts'
import type { ResizeFilter } from '../resize-filter.ts'
import type { Size } from '../size.ts'
import { assertFilter, OF_FLOATS } from './assert-filter.ts'
import { floatWeights, type AxisWeights } from './axis-weights.ts'
import { assertResize, bothAxes, fixedPasses, type FixedPasses } from './fixed-passes.ts'
import { twoSteps } from './opencv-twice.ts'
import { openCvWeights } from './opencv-weights.ts'
import { resampleFloat } from './resample-float.ts'
import { rangeOf, resampleInto } from './resample.ts'

/** Filter of a resize, and whose bits it has. */
export interface Resampling {
  readonly filter: ResizeFilter
  readonly resampler?: Resampler
}

/** A part of a resized image, and how it is made. */
export interface ResizePlan {
  /** Size of the whole source image. */
  readonly source: Size
  /** The part of the source that is read. */
  readonly region: Region
  /** Size of the result. */
  readonly size: Size
  readonly passes: FixedPasses | FloatPasses | TwoPlans
}

/** Two resizes, one after the other. */
interface TwoPlans {
  readonly kind: 'two'
  readonly first: ResizePlan
  readonly second: ResizePlan
}

/** Passes in float32. */
interface FloatPasses {
  readonly kind: 'float'
  /** Whether the result is more than bytes. */
  readonly unrounded: boolean
  readonly horizontal: AxisWeights<Float32Array>
  readonly vertical: AxisWeights<Float32Array>
}

/**
 * Plans a resize: every weight is computed here, once.
 *
 * @param source - size of the image
 * @param size - of the whole result
 * @param method - Pillow's filter, and whose bits the result has. Default `pillow`
 * @param window - the part of the result that is wanted
 * @throws DinokitError `size-invalid` for a size that is not positive and whole, or a window outside the result;
 *   `model-unsupported` for a filter that the resampler does not have
 */
export function planResize(source: Size, size: Size, { filter, resampler = 'pillow' }: Resampling, window: Region): ResizePlan {
  assertResize(size, window)
  assertFilter({ filter, resampler })
  if (resampler === 'opencv-twice') {
    const { middle, ...step } = twoSteps(source, size)
    const second = planOf(middle, window, { kind: 'float', unrounded: false, ...bothAxes(middle, size, window, step.second) })
    const first = planOf(source, second.region, { kind: 'float', unrounded: false, ...bothAxes(source, middle, second.region, step.first) })
    return { ...first, size: second.size, passes: { kind: 'two', first, second } }
  }
  const passes = OF_FLOATS[resampler]
    ? {
        kind: 'float' as const,
        unrounded: resampler !== 'torchvision-float',
        ...bothAxes(source, size, window, resampler === 'opencv' ? openCvWeights : floatWeights),
      }
    : fixedPasses(source, size, { filter, resampler }, window)
  return planOf(source, window, passes)
}

function planOf(source: Size, window: Size, passes: FixedPasses | FloatPasses): ResizePlan {
  const [columns, rows] = [rangeOf(passes.horizontal), rangeOf(passes.vertical)]
  return {
    source: { width: source.width, height: source.height },
    region: { left: columns.first, top: rows.first, width: columns.length, height: rows.length },
    size: { width: window.width, height: window.height },
    passes,
  }
}

/**
 * Resizes as planned.
 *
 * @param pixels - the region that the plan names, or the whole image
 * @param plan - of {@link planResize}
 * @throws DinokitError `size-invalid` where the pixels are neither
 */
export function runResize(pixels: Pixels, { source, region, size, passes }: ResizePlan): Pixels {
  const { left, top } = isOf(pixels, region) ? region : { left: 0, top: 0 }
  if (!isOf(pixels, region) && !isOf(pixels, source)) {
    throw new DinokitError('size-invalid', `Pixels of ${pixels.width}x${pixels.height} are not those that the plan names.`, {
      given: `${pixels.width}x${pixels.height}`,
      expected: `${region.width}x${region.height}, or ${source.width}x${source.height}`,
    })
  }
  if (passes.kind === 'two') return runResize(runResize(pixels, passes.first), passes.second)
  if (passes.kind === 'fixed')
    return { data: resampleInto(pixels, from(passes.horizontal, left), from(passes.vertical, top), passes), ...size }
  const unrounded = resampleFloat(pixels, from(passes.horizontal, left), from(passes.vertical, top))
  const data = new Uint8Array(Uint8ClampedArray.from(unrounded).buffer)
  return { data, ...size, ...(passes.unrounded && { unrounded }) }
}

function isOf(pixels: Size, { width, height }: Size): boolean {
  return pixels.width === width && pixels.height === height
}

/** Positions counted from another one than the image's first. */
function from<Axis extends { readonly starts: Int32Array }>(axis: Axis, first: number): Axis {
  return first === 0 ? axis : { ...axis, starts: axis.starts.map((start) => start - first) }
}
