import { DinokitError, type CardFields } from '@dinokit/core'
import { backbonePart, type Config } from '../lib/huggingface-config.ts'
import { isOfTimm } from '../lib/timm-config.ts'
import { isSquare } from './is-square.ts'

/** Facts about a grid of positions beside their number. */
export interface GridFacts {
  readonly card?: CardFields
  readonly config?: Config
}

/**
 * Finds rows and columns of a grid of positions: as the user says them, as a configuration has them for images that are not square,
 * else as many rows as columns.
 *
 * @param file - for messages
 * @param counts - numbers of positions that the grid may have, the likeliest first
 * @param patch - side of a patch
 * @param facts - card, configuration
 * @throws DinokitError `model-unsupported` where nothing says them, or where what is said has another number
 */
export function inferGrid(file: string, counts: readonly number[], patch: number, facts: GridFacts): readonly [number, number] {
  const { card: { grid } = {} } = facts
  if (grid) {
    if (counts.includes(grid[0] * grid[1])) return grid
    throw notThatGrid(file, counts, `a grid of ${grid.join('x')}`)
  }
  const configured = configuredGrids(patch, facts).find(([rows, columns]) => counts.includes(rows * columns))
  if (configured) return configured
  const square = counts.find(isSquare)
  if (square === undefined) throw notThatGrid(file, counts, `${counts.join(' or ')} positions of patches`)
  return [Math.sqrt(square), Math.sqrt(square)]
}

function notThatGrid(file: string, counts: readonly number[], given: string): DinokitError {
  return new DinokitError('model-unsupported', `${file} does not say its rows and columns of positions: it has ${counts.join(' or ')}.`, {
    given,
    expected: 'a square grid, or a configuration with the size of the images',
    hint: 'Say it: --card grid=ROWSxCOLUMNS, the height and the width of its images divided by the patch. In the library: card: { grid }.',
  })
}

/** Grids of the image sizes in a configuration, the surest first. */
function configuredGrids(patch: number, { config = {} }: GridFacts): readonly (readonly [number, number])[] {
  const sizes = isOfTimm(config)
    ? [entry(config.model_args, 'img_size'), last(entry(config.pretrained_cfg, 'input_size'))]
    : [backbonePart(config).image_size]
  return sizes.flatMap((size) => {
    const [height, width] = Array.isArray(size) ? (size as unknown[]) : [size, size]
    return typeof height === 'number' && typeof width === 'number' ? [[Math.floor(height / patch), Math.floor(width / patch)] as const] : []
  })
}

/** [channels, height, width] without the channels. */
function last(size: unknown): unknown {
  return Array.isArray(size) && size.length === 3 ? size.slice(1) : undefined
}

function entry(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Config)[key] : undefined
}
