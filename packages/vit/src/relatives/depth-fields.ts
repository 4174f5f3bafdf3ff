import type { TensorFile } from '@dinokit/checkpoint'
import { IMAGENET_PREPROCESSING, type CardFields } from '@dinokit/core'
import type { DetectedLayout } from '../layout.ts'
import type { ShapedArchitecture } from '../lib/infer-architecture.ts'

/**
 * Fields that the names of a depth model say of the backbone in its file, where no configuration does:
 *
 * - Depth Anything V2 (DepthAnything/Depth-Anything-V2, depth_anything_v2/dpt.py): `pretrained.` beside `depth_head.`. Images are resized
 *   by OpenCV in floats; 518 pixels.
 * - Depth Anything 3's models of one image (ByteDance-Seed/Depth-Anything-3): `backbone.pretrained.` beside `head.`. The last LayerNorm
 *   has PyTorch's own epsilon. Images are resized by OpenCV in two steps; 504 pixels.
 *
 * @param file - the checkpoint
 * @param detected - its layout and prefix
 * @param shaped - architecture as shapes tell it
 */
export function depthFields(file: TensorFile, { layout, prefix }: DetectedLayout, { dim, depth }: ShapedArchitecture): CardFields {
  const has = (part: string, head: string): boolean =>
    layout === 'meta' && prefix.endsWith(part) && file.tensors.has(`${prefix.slice(0, -part.length)}${head}scratch.output_conv1.weight`)
  const { mean, std } = IMAGENET_PREPROCESSING
  if (has('backbone.pretrained.', 'head.')) {
    const large = dim === 1024 && depth === 24
    return {
      ...(large && { heads: 16 }),
      eps: 1e-6,
      finalEps: 1e-5,
      mean,
      std,
      shortest: 504,
      crop: 504,
      filter: 'bicubic',
      resampler: 'opencv-twice',
    }
  }
  if (!has('pretrained.', 'depth_head.')) return {}
  return { eps: 1e-6, mean, std, shortest: 518, crop: 518, filter: 'bicubic', resampler: 'opencv' }
}
