import type { Point } from '@dinokit/analysis'
import type { Region } from '@dinokit/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import {
  analysisOptions,
  givenOf,
  registerOption,
  tileOptions,
  tilesOf,
  type AnalysisOptions,
  type TileCommandOptions,
} from '../../options/analysis-options.ts'
import { parseCount, parsePoint, parseRegion } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import type { HeadChoice } from '../../run/analysis/analyze-attention.ts'
import { answerAttention } from '../../run/analysis/answer-attention.ts'

interface AttentionCommandOptions extends AnalysisOptions, TileCommandOptions {
  readonly layer?: number
  readonly heads: HeadChoice
  readonly query: Point | 'cls'
  readonly rollout: boolean
  readonly choose?: boolean
  readonly mask?: string
  readonly box?: Region
}

const FORMATS = ['png', 'safetensors'] as const

/** `dinokit attention` */
export function addAttentionCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('attention')
    .summary('Draw what the model attends to')
    .description('Draw what a token attends to: a map for each attention head, their mean, and attention followed through all layers.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  registerOption(tileOptions(analysisOptions(command, FORMATS)))
    .addOption(new Option('--layer <n>', 'layer, counted from 1 (default: the last)').argParser(parseCount))
    .addOption(
      new Option('--heads <list>', 'attention heads to draw, counted from 1: all, or a list such as 1,3')
        .argParser(parseHeads)
        .default('all'),
    )
    .addOption(new Option('--query <token>', 'token that attends: cls, or X,Y of a pixel').argParser(parseQuery).default('cls'))
    .option('--no-rollout', 'leave out attention through all layers, which takes memory for large inputs')
    .option(
      '--choose',
      'rank the heads of all layers by how well they separate --mask or --box from the rest, and draw the best; without these, draw the heads that look at what the image is of',
    )
    .option('--mask <file>', 'target for --choose: an image of the same size, white where the target is')
    .addOption(new Option('--box <box>', 'target for --choose: LEFT,TOP,WIDTH,HEIGHT in pixels').argParser(parseRegion))
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit attention photo.jpg --out attention.png
  $ dinokit attention photo.jpg --layer 12 --heads 1,3 --query 120,80 --out attention.png
  $ dinokit attention photo.jpg --choose --box 10,20,100,80 --out best.png
  $ dinokit attention photo.jpg --choose --out object.png
  $ dinokit attention photos/ --out maps/ --format safetensors
  $ dinokit attention large.jpg --tile 518 --overlap 112 --no-rollout --out attention.png

What is written, by the ending of --out or by --format:
  .png          the image, then its maps, each in the colors of its own range
  .safetensors  attention [heads][rows][columns] of the patches, mean and rollout [rows][columns]

With --tile the class token of each tile attends to what is in that tile, and the maps are merged.

Ranks are average precision over patches: 1 is perfect, and the target's share of the image is what chance gives.
Without a target heads of all layers are grouped by how alike their queries, keys and values are; the group is drawn that most heads of
the last layer are in.`,
    )
    .action(async (images: string[], options: AttentionCommandOptions) => {
      const { layer, heads, query, rollout, choose = false, mask, box } = options
      if (!choose && (mask !== undefined || box !== undefined)) command.error('error: --mask and --box are for --choose.')
      const tiles = tilesOf(
        command,
        options,
        givenOf({
          '--size': options.size,
          '--test-time-registers': options.testTimeRegisters,
          '--choose': choose,
          '--query': query !== 'cls',
        }),
      )
      const common = { command, context: context(command), formats: FORMATS, images, given: options }
      await answerAttention(common, {
        ...(layer !== undefined && { layer }),
        ...(tiles && { tiles }),
        ...(choose && { target: { ...(mask !== undefined && { mask }), ...(box && { box }) } }),
        heads,
        query,
        rollout,
      })
    })
}

function parseHeads(text: string): HeadChoice {
  if (text === 'all') return text
  const heads = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : 0))
  if (heads.every((head) => head > 0)) return heads
  throw new InvalidArgumentError('Give all, or heads counted from 1, such as 1,3.')
}

function parseQuery(text: string): Point | 'cls' {
  return text === 'cls' ? text : parsePoint(text)
}
