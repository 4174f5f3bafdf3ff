import { Option, type Command } from 'commander'
import { headOptions, type HeadCommandOptions } from './head-options.ts'
import { parseFocal, parsePositive } from '../parse-options.ts'

/** Options of `dinokit depth`. */
export interface DepthCommandOptions extends HeadCommandOptions {
  readonly flip?: boolean
  readonly unit?: 'disparity' | 'meters'
  readonly maxDepth?: number
  readonly focal?: number | 'exif'
}

/**
 * Adds what `dinokit depth` says and takes.
 *
 * @param command - to add it to
 * @param formats - what it writes
 */
export function depthOptions(command: Command, formats: readonly string[]): Command {
  command
    .summary('Estimate depth per pixel')
    .description('Estimate depth for every pixel: meters, or, by relative models, disparity or depth without a unit.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  return headOptions(command, 'nyu-linear, nyu-linear4, nyu-dpt, kitti-linear, kitti-linear4 or kitti-dpt, with a DINOv2 model', formats)
    .option('--flip', 'average with the flipped image, as the paper does')
    .addOption(new Option('--unit <unit>', 'unit of a depth model whose file does not say it').choices(['disparity', 'meters']))
    .addOption(
      new Option(
        '--max-depth <meters>',
        'largest depth of a metric .pth of Depth Anything V2: 20 (Hypersim) or 80 (Virtual KITTI)',
      ).argParser(parsePositive),
    )
    .addOption(
      new Option(
        '--focal <pixels>',
        'focal length in pixels of the image, or exif, to read it from each image: gives Depth Anything 3 Metric its meters',
      ).argParser(parseFocal),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit depth room.jpg --model dinov2-small
  $ dinokit depth street.jpg --model dinov2-small --head kitti-dpt --flip
  $ dinokit depth room.jpg --model dinov2-small --size source --out room.safetensors
  $ dinokit depth room.jpg --model dinov2-small --out room.png --overlay
  $ dinokit depth rooms/ --model dinov2-small --out depth/ --format mm.png
  $ dinokit depth photo.jpg --model depth_anything_v2_vits.pth --out photo.png
  $ dinokit depth photo.jpg --model depth_anything_v2_metric_hypersim_vits.pth --max-depth 20

What is written, by the ending of --out or by --format:
  .png          colors with a scale; --overlay lays them over the image
  .mm.png       meters alone: gray, 16 bits, millimeters; 0 where nothing is known, 65535 for 65.535 m and beyond
  .safetensors  depth [height][width] of the image, float32; its metadata have the unit (m, disparity, relative), and
                the value of what is not known

Units: m is meters; disparity is the inverse of depth up to a factor and a shift (large is near); relative is depth up to
a factor. Depth models (Depth Anything, DPT) are opened by --model and bring their own head. --focal exif is right for images
as the camera took them, not for crops; an image that does not say it has relative depth.

Without --size the whole image is seen, as its model was made for; --size source pads it to multiples of the patch.
The head of the embedded model was trained on photographs of rooms (NYU Depth v2); on other images it is wrong.`,
    )
}
