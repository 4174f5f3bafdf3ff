import { logBins, matchPatches, patchCenter, placeLayer } from '@dinokit/analysis'
import type { Tensor } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import { sizedOptions, type AnalysisOptions } from '../../options/analysis-options.ts'
import { parseCount, parseNumber, parsePositive } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { assertPng } from '../../output/out-paths.ts'
import { layerOf } from '../../run/analysis/answer-by-tokens.ts'
import { collectTokens } from '../../run/analysis/collect-tokens.ts'

interface MatchCommandOptions extends AnalysisOptions {
  readonly least: number
  readonly agreeing: number
  readonly logBins?: boolean
  readonly layer?: number
}

/** `dinokit match` */
export function addMatchCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('match')
    .summary('Match the patches of two images')
    .description('Match the patches of two images: pairs of which each is the most similar to the other, where matches around them agree.')
    .argument('<images...>', 'two images: files or addresses')
  sizedOptions(command)
    .addOption(new Option('--least <cosine>', 'least cosine similarity of a match').argParser(parseNumber).default(0.3))
    .addOption(
      new Option(
        '--layer <n>',
        'layer, counted from 1 (default: a third of the way, for one scene; the last, with --agreeing 0, for two things of a kind)',
      ).argParser(parseCount),
    )
    .addOption(
      new Option(
        '--agreeing <n>',
        'least number of matches around a match that move as it does, of 24; 0 keeps all, for images turned by more than 30 degrees',
      )
        .argParser(parsePositive)
        .default(6),
    )
    .option('--log-bins', 'describe patches by what is around them too (slower; for things with alike parts)')
    .option('--out <file>', 'a .png file: both images, with lines between the best matches')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit match a.jpg b.jpg --out matches.png
  $ dinokit match a.jpg b.jpg --json
  $ dinokit match cat.jpg dog.jpg --layer 12 --agreeing 0 --out alike.png

Places are in pixels of each image, from the top left. With --json all matches are printed, most similar first.`,
    )
    .action(async (images: string[], options: MatchCommandOptions) => {
      const { least, agreeing, out, logBins: around, layer } = options
      if (out !== undefined) assertPng(command, out)
      const { output } = context(command)
      let chosen = 0
      const seen = await collectTokens(context(command), {
        images,
        given: options,
        outputs: (card) => ({ layers: [(chosen = layerOf(card, layer ?? placeLayer(card.architecture.depth)))] }),
      })
      if (!seen) return
      if (seen.length !== 2) command.error(`error: two images are matched; ${seen.length} were given.`)
      const [a, b] = seen as [(typeof seen)[0], (typeof seen)[0]]
      const [gridA, gridB] = [a.tokens, b.tokens].map((tokens) => {
        const { patches } = tokens.layers[chosen]!
        return around ? logBins(patches) : patches
      }) as [Tensor, Tensor]
      const matches = matchPatches(gridA, gridB, { least, agreeing }).map(({ from, to, similarity }) => ({
        from: patchCenter(from, a.tokens.placement, gridA.shape as [number, number, number]),
        to: patchCenter(to, b.tokens.placement, gridB.shape as [number, number, number]),
        similarity,
      }))
      if (out !== undefined) {
        const { matchesDrawing } = await import('../../draw/analysis/matches-drawing.ts')
        await writeFileAtomic(out, [await matchesDrawing(a.pixels, b.pixels, matches)])
      }
      output.result(
        a.input.source,
        { with: b.input.source, matches, ...(out !== undefined && { file: out }) },
        `${a.input.source}, ${b.input.source}${out === undefined ? '' : ` -> ${out}`}  ${matches[0] ? `${matches.length} matches, the best ${matches[0].similarity.toFixed(3)}` : 'no matches that agree (--agreeing 0 keeps all)'}`,
      )
    })
}
