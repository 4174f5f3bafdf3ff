import { DinokitError, type PixelMap } from '@dinokit/core'
import { depth, depthFile, summarizeDepth, type Depth, type DepthUnit, type EstimateOptions } from '@dinokit/head-depth'
import type { ImageSource } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import type { CommandContext } from '../../output/command-context.ts'
import { depthOptions, type DepthCommandOptions } from '../../options/heads/depth-options.ts'
import { focalLengthOf } from '../../input/focal-length.ts'
import { paddedSize } from '../../options/heads/head-options.ts'
import { depthText } from '../../output/found/depth-text.ts'
import { answerByHead } from '../../run/answer-by-head.ts'

const FORMATS = ['safetensors', 'png', 'mm.png'] as const

/** `dinokit depth` */
export function addDepthCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = depthOptions(program.command('depth'), FORMATS)
  command.action(async (images: string[], options: DepthCommandOptions) => {
    const { head, size, flip, overlay, unit, maxDepth, focal } = options
    const { output } = context(command)
    await answerByHead({
      command,
      context: context(command),
      formats: FORMATS,
      images,
      given: options,
      knowsRooms: true,
      head: depth({ ...(head !== undefined && { weights: head }), ...(unit && { unit }), ...(maxDepth !== undefined && { maxDepth }) }),
      options: { ...paddedSize(size), ...(flip && { flip }), ...(typeof focal === 'number' && { focalLength: focal }) },
      ...(focal === 'exif' && { optionsOf: focalOf }),
      async answer({ input, result: answer, image, write }) {
        const path = await write({
          safetensors: () => depthFile(answer),
          png: async () => (await import('../../draw/depth-drawing.ts')).depthDrawing(answer, overlay ? await image() : undefined),
          'mm.png': async () => (await import('../../draw/parts/millimeter-png.ts')).millimeterPng(metersOf(answer)),
        })
        const summary = { ...summarizeDepth(answer), ...(path !== undefined && { file: path }) }
        const text = (value: number): string => depthText(value, answer.unit)
        output.result(
          input.source,
          summary,
          `${input.source}${path === undefined ? '' : ` -> ${path}`}  ${NAMES[answer.unit]}${text(answer.min)} to ${text(answer.max)}, median ${text(summary.median)}`,
        )
      },
    })
  })
}

/** Finds the focal length of an image where it says one. */
async function focalOf(source: ImageSource): Promise<Pick<EstimateOptions, 'focalLength'>> {
  const focalLength = await focalLengthOf(source)
  return focalLength === undefined ? {} : { focalLength }
}

/** Words before numbers without a unit. */
const NAMES: Readonly<Record<DepthUnit, string>> = { meters: '', disparity: 'disparity ', relative: 'relative depth ' }

/** Refuses to write as millimeters what is not in meters. */
function metersOf({ meters, unit }: Depth): PixelMap {
  if (meters) return meters
  throw new DinokitError('invalid-option', `The model gives ${unit === 'disparity' ? unit : 'relative depth'}, which has no millimeters.`, {
    given: 'mm.png',
    expected: 'png or safetensors',
    hint:
      unit === 'relative' ? 'With Depth Anything 3 Metric, --focal PIXELS, or --focal exif, gives meters.' : 'A metric model gives meters.',
  })
}
