import { Option, type Command } from 'commander'
import { outOptions, tileOptions, tilesOf, type AnalysisOptions, type TileCommandOptions } from '../../options/analysis-options.ts'
import { imageOptions } from '../../options/image-options.ts'
import { parsePositive } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { assertPng } from '../../output/out-paths.ts'
import { ANOMALY_FORMATS, scoreImages } from '../../run/anomaly/score-images.ts'

interface AnomalyScoreOptions extends Omit<AnalysisOptions, 'size'>, TileCommandOptions {
  readonly bank: string
  readonly threshold?: number
  readonly table?: string
  readonly boxes?: string
  readonly sheet?: string
}

/** `dinokit anomaly score` */
export function addAnomalyScoreCommand(anomaly: Command, context: (command: Command) => CommandContext): void {
  const command = anomaly
    .command('score')
    .summary('Score images by how unlike good ones they are')
    .description('Score images by how unlike good ones they are, and draw where.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
    .requiredOption('--bank <file>', 'file that `dinokit anomaly learn` wrote')
  outOptions(tileOptions(imageOptions(command)), ANOMALY_FORMATS)
    .addOption(new Option('--threshold <score>', 'score above which an image is anomalous (default: the bank’s)').argParser(parsePositive))
    .option('--table <file>', 'a .csv file of the scores of all images')
    .option('--boxes <file>', 'file for the anomalous regions of all images: .json (COCO, with masks), .geojson (in pixels) or .csv')
    .option('--sheet <file>', 'a .png file: the images with their heat maps, the highest scores first')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit anomaly score parts/ --bank bank.safetensors --out maps/
  $ dinokit anomaly score parts/ --bank bank.safetensors --table scores.csv --sheet worst.png

What is written, by the ending of --out or by --format:
  .png          the image, and its heat map: black is like good images, and the brightest is twice the threshold
  .labels.png   gray: 0 where the image is like good ones, 1 for the first anomalous region, and so on
  .safetensors  map [height][width] of the image, distances [rows][columns] of the patches; with tiles distances alone

Give the --model that the bank was learned with. The size of the input is the bank’s, and so are its tiles. A score is the mean of
the largest 1 % of the distances of patches, with tiles that of the worst tile; 0 is what good images have, 2 the most there is.`,
    )
    .action(async (images: string[], options: AnomalyScoreOptions) => {
      const { table, boxes, sheet } = options
      if (table !== undefined && !/\.csv$/i.test(table)) command.error(`error: --table ${table} must end with .csv.`)
      if (boxes !== undefined && !/\.(json|geojson|csv)$/i.test(boxes))
        command.error(`error: --boxes ${boxes} must end with .json, .geojson or .csv.`)
      if (sheet !== undefined) assertPng(command, sheet)
      const tiles = tilesOf(command, options, [])
      await scoreImages(command, context(command), { images, given: options, ...options, ...(tiles && { tiles }) })
    })
}
