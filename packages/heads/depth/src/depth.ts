import { DinokitError, type Head, type HeadHost } from '@dinokit/core'
import { defaultWeights, requireEmbedView, openWeights, OWN_DEPTH_KEY, unflip, type HeadWeights } from '@dinokit/head-kit'
import type { Depth } from './depth-answer.ts'
import { DEPTH_RANGES, type DepthRange } from './depth-range.ts'
import type { DepthNetwork } from './lib/depth-network.ts'
import { loadDepth } from './lib/load-depth.ts'

/** Options of {@link depth}. */
export interface DepthOptions {
  /**
   * `nyu-linear`, `nyu-linear4`, `nyu-dpt`, `kitti-linear`, `kitti-linear4`, `kitti-dpt`: Meta's heads for the opened DINOv2
   * backbone, downloaded once. Or a file: a .pth of Meta's, or a head file of dinokit's. Default: the model's own, or
   * `nyu-linear4`.
   */
  readonly weights?: HeadWeights
  /**
   * Nearest and farthest depth, in meters, of a .pth of Meta's, which does not say. Default: KITTI's where its name has
   * `kitti` in it, NYU's otherwise. A head file of dinokit's has its own.
   */
  readonly range?: DepthRange | keyof typeof DEPTH_RANGES
  /**
   * Unit that a depth model opened as the model gives, where its file does not say: `disparity` or `meters`, the latter with `maxDepth`
   * for Depth Anything V2.
   */
  readonly unit?: 'disparity' | 'meters'
  /**
   * The largest depth, in meters, that a metric `.pth` of Depth Anything V2 was trained for, which it does not say: 20 for Hypersim, 80 for
   * Virtual KITTI.
   */
  readonly maxDepth?: number
}

/** Options of one call. */
export interface EstimateOptions {
  /** Average with the mirrored image, as the paper does: one more backbone pass, and so it needs the image. Default false. */
  readonly flip?: boolean
  /**
   * Focal length in pixels of the source image: with it Depth Anything 3 Metric gives meters. Default: none, and its depth is relative.
   */
  readonly focalLength?: number
}

/**
 * Estimates depth for every pixel of an image: in meters by Meta's heads (facebookresearch/dinov2, eval/depth) and by metric models; up to
 * scale by others, which the answer's `unit` says. It sees the whole image unless told otherwise: `size: 'pad'` is Meta's way, the image
 * as it is, padded at the center. Depth Anything and transformers' DPT, opened as models, are given the input that they were made for.
 *
 * @param options - weights, range, what the model's file does not say
 */
export function depth(options: DepthOptions = {}): Head<EstimateOptions, Depth> {
  return {
    contract: 1,
    name: 'depth',
    async attach(host) {
      const network = await openNetwork(host, options)
      return {
        needs: network.needs,
        size: network.size ?? { shortest: 518 },
        async answer(tokens, { flip = false, focalLength }, context) {
          const map = await network.run(tokens, context.signal)
          if (flip) {
            const mirrored = await requireEmbedView(context, 'flip')({ placement: tokens.placement, flip: true })
            const other = unflip(await network.run(mirrored, context.signal))
            map.data.forEach((value, i) => (map.data[i] = (value + other.data[i]!) / 2))
          }
          return network.answer(map, tokens.placement, { focalLength })
        },
        dispose: () => network.dispose(),
      }
    },
  }
}

async function openNetwork(host: HeadHost, options: DepthOptions): Promise<DepthNetwork> {
  const { unit, maxDepth } = options
  const { file, name = '' } = await openWeights(host, 'depth', options.weights ?? defaultWeights(host, 'depth'))
  try {
    const said = { ...(unit !== undefined && { unit }), ...(maxDepth !== undefined && { maxDepth }) }
    if (file.metadata[OWN_DEPTH_KEY] !== undefined)
      return await (await import('./relatives/open-own-depth.ts')).openOwnDepth(host, file, said)
    const given = Object.keys(said).join(', ')
    if (given !== '') {
      throw new DinokitError(
        'invalid-option',
        `${file.name} gives meters, and ${given} is for depth models that do not say what they give.`,
        {
          given,
          expected: 'Depth Anything, or a DPT of transformers, opened as the model',
          hint: 'Leave it out; the range of a .pth of Meta’s is the option range.',
        },
      )
    }
    return await loadDepth(host, file, rangeOf(options.range, `${name} ${file.name}`))
  } finally {
    await file.close()
  }
}

function rangeOf(given: DepthOptions['range'], name: string): DepthRange {
  if (given === undefined) return DEPTH_RANGES[/kitti/i.test(name) ? 'kitti' : 'nyu']
  const range = typeof given === 'string' ? DEPTH_RANGES[given] : given
  if (range && range[0] > 0 && range[1] > range[0]) return range
  throw new DinokitError('invalid-option', `The range is ${JSON.stringify(given)}.`, {
    given: JSON.stringify(given),
    expected: 'nyu, kitti, or [nearest, farthest] in meters',
  })
}
