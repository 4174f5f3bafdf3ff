import { writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import {
  analysisOptions,
  givenOf,
  registerOption,
  tileOptions,
  tilesOf,
  type AnalysisOptions,
  type TileCommandOptions,
} from '../../options/analysis-options.ts'
import { parseCount } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { foundFile } from '../../output/found/found-objects.ts'
import { answerObjects } from '../../run/analysis/answer-objects.ts'

interface DiscoverCommandOptions extends AnalysisOptions, TileCommandOptions {
  readonly objects: number
  readonly method: 'token-cut' | 'lost'
  readonly boxes?: string
}

const FORMATS = ['png', 'labels.png', 'safetensors'] as const

/** `dinokit discover` */
export function addDiscoverCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('discover')
    .summary('Find objects without training')
    .description('Find objects in images without training: a box and a mask for each, by the patches that are alike.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  registerOption(tileOptions(analysisOptions(command, FORMATS)))
    .addOption(new Option('--objects <n>', 'most objects to find in an image').argParser(parseCount).default(1))
    .addOption(new Option('--method <name>', 'token-cut (normalized cut) or lost').choices(['token-cut', 'lost']).default('token-cut'))
    .option('--boxes <file>', 'file for the boxes of all images: .json (COCO, with masks), .geojson (in pixels) or .csv')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit discover photo.jpg --out objects.png
  $ dinokit discover photos/ --objects 3 --boxes found.json
  $ dinokit discover photos/ --out masks/ --format labels.png
  $ dinokit discover large.jpg --tile 518 --overlap 112 --out objects.png

What is written, by the ending of --out or by --format:
  .png          the image, and its objects colored
  .labels.png   gray: 0 where there is no object, 1 for the first, and so on
  .safetensors  masks [objects][height][width] of the image

Objects found after the first are less certain: a second one may be a part of what is behind the first. By token-cut those are
left out whose score is below 0.85 of the first one’s.
An image of one color has none.
With --tile objects are found in the whole image, in cells of a 50th of its longer side: smaller ones are not.`,
    )
    .action(async (images: string[], options: DiscoverCommandOptions) => {
      const { objects: most, method, boxes } = options
      if (boxes !== undefined && !/\.(json|geojson|csv)$/i.test(boxes))
        command.error(`error: --boxes ${boxes} must end with .json, .geojson or .csv.`)
      const tiles = tilesOf(command, options, givenOf({ '--size': options.size, '--test-time-registers': options.testTimeRegisters }))
      const common = { command, context: context(command), formats: FORMATS, images, given: options }
      const all = await answerObjects(common, { method, most, ...(tiles && { tiles }) })
      if (boxes !== undefined) await writeFileAtomic(boxes, [Buffer.from(await foundFile(boxes, all))])
    })
}
