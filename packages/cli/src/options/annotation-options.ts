import { InvalidArgumentError, Option, type Command } from 'commander'

/** Where annotations are and what they say. */
export interface AnnotationOptions {
  readonly annotations?: readonly string[]
  /** Label values to ignore in label maps. */
  readonly ignore?: readonly number[]
  /** Meters of one step of a depth image. */
  readonly depthScale?: number
}

/** Step of depth cameras: millimeters. */
export const DEPTH_SCALE = 0.001
/** The label that says that nothing is known, where nothing else is said. */
export const IGNORED = 255

/** Adds where annotations are. */
export function annotationOptions(command: Command, task: 'segmentation' | 'depth'): Command {
  command.option(
    '--annotations <folders...>',
    'folders of annotations with the same file names as the images (default: those named by the labels table)',
  )
  return task === 'depth'
    ? command.addOption(
        new Option('--depth-scale <meters>', 'meters of one step of a depth PNG, such as 0.001 or 1/256 (default: 0.001)').argParser(
          parseScale,
        ),
      )
    : command.addOption(new Option('--ignore <list>', 'label values to ignore, such as 0,255 (default: 255)').argParser(parseLabels))
}

function parseLabels(text: string): number[] {
  const labels = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN))
  if (labels.every((label) => label <= 65_535)) return labels
  throw new InvalidArgumentError('Give labels from 0 to 65535, such as 0,255.')
}

function parseScale(text: string): number {
  const [above, below = '1', ...more] = text.split('/')
  const scale = Number(above) / Number(below)
  if (above?.trim() && below.trim() && more.length === 0 && Number.isFinite(scale) && scale > 0) return scale
  throw new InvalidArgumentError('Give meters above 0, such as 0.001 or 1/256.')
}
