import { DinokitError, type Head, type HeadHost, type PixelMap, type Placement, type Tensor, type Tokens } from '@dinokit/core'
import { defaultWeights, measureExtent, requireEmbedView, openWeights, sourceMap, unflip, type HeadWeights } from '@dinokit/head-kit'
import { DEPTH_RANGES, type DepthRange } from './depth-range.ts'
import { loadDepth, type DepthNetwork } from './lib/load-depth.ts'

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
}

/** Options of one call. */
export interface EstimateOptions {
  /** Average with the mirrored image, as the paper does: one more backbone pass, and so it needs the image. Default false. */
  readonly flip?: boolean
}

/** Depth of every pixel of an image. */
export interface Depth {
  /** [height][width] of the source, in meters along the camera's axis; 0 where nothing is known, beside a crop. */
  readonly meters: PixelMap
  /** The nearest, in meters. */
  readonly min: number
  /** The farthest, in meters. */
  readonly max: number
  /** The head's range, in meters: nothing is nearer or farther. */
  readonly range: DepthRange
}

/**
 * Estimates depth in meters for every pixel of an image (facebookresearch/dinov2, eval/depth). It sees the whole image
 * unless told otherwise: `size: 'pad'` is the reference's way, the image as it is, padded at the center.
 *
 * @param options - weights, range
 */
export function depth(options: DepthOptions = {}): Head<EstimateOptions, Depth> {
  return {
    contract: 1,
    name: 'depth',
    async attach(host) {
      const network = await openNetwork(host, options)
      const { range } = network
      return {
        needs: network.needs,
        size: network.size ?? { shortest: 518 },
        async answer(tokens, { flip = false }, context) {
          const map = await clipped(network, tokens, context.signal)
          if (flip) {
            const mirrored = await requireEmbedView(context, 'flip')({ placement: tokens.placement, flip: true })
            const other = unflip(await clipped(network, mirrored, context.signal))
            map.data.forEach((value, i) => (map.data[i] = (value + other.data[i]!) / 2))
          }
          const placement = withoutPadding(tokens.placement)
          const meters = sourceMap(map, placement, { unit: 'm', unknown: 0 })
          return { meters, ...measureExtent(meters, placement, map), range }
        },
        dispose: () => network.dispose(),
      }
    },
  }
}

async function openNetwork(host: HeadHost, options: DepthOptions): Promise<DepthNetwork> {
  const { file, name = '' } = await openWeights(host, 'depth', options.weights ?? defaultWeights(host, 'depth'))
  try {
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

/**
 * The reference brings the map of a padded image to the image's own size as it is, padding included (DepthEncoderDecoder
 * resizes to `img.shape`, and the padding is the backbone's affair): up to 7 pixels at the edges. Its heads were trained so.
 */
function withoutPadding(placement: Placement): Placement {
  const { source, resized, left, top, input } = placement
  const padded = left <= 0 && top <= 0 && input.width >= resized.width && input.height >= resized.height
  return padded ? { source, resized: source, left: 0, top: 0, input: source } : placement
}

async function clipped(network: DepthNetwork, tokens: Tokens, signal: AbortSignal | undefined): Promise<Tensor> {
  const [min, max] = network.range
  const map = await network.run(tokens, signal)
  for (let i = 0; i < map.data.length; i++) map.data[i] = Math.min(Math.max(map.data[i]!, min), max)
  return map
}
