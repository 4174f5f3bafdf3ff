import { fitPca, maskedTokens, pcaColors } from '@dinokit/analysis'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { registerOption, sizedOptions, type AnalysisOptions } from '../../options/analysis-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { assertPng } from '../../output/out-paths.ts'
import { layerOf } from '../../run/analysis/answer-by-tokens.ts'
import { collectTokens } from '../../run/analysis/collect-tokens.ts'
import { foregroundOf, outputsForObjects } from '../../run/analysis/find-objects.ts'

interface PcaCommandOptions extends AnalysisOptions {
  readonly out: string
  readonly foreground?: boolean
}

/** `dinokit pca` */
export function addPcaCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('pca')
    .summary('Draw patch features of images as colors')
    .description(
      'Draw patch features as colors: the first three principal components, one basis for all images, so that like parts have like colors.',
    )
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  registerOption(sizedOptions(command))
    .requiredOption('--out <file>', 'a .png file: each image beside its colors')
    .option('--foreground', 'draw the first object of each image alone: colors show the differences within it')
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit pca photos/ --out shared.png
  $ dinokit pca horse1.jpg horse2.jpg --foreground --out horses.png

All the images are held in memory: take tens, not thousands.`,
    )
    .action(async (images: string[], options: PcaCommandOptions) => {
      const { out, foreground } = options
      assertPng(command, out)
      const { output } = context(command)
      const seen = await collectTokens(context(command), {
        images,
        given: options,
        ...(foreground && { outputs: (card) => outputsForObjects(layerOf(card)) }),
      })
      if (!seen) return
      const grids = seen.map(({ tokens }) => tokens.patches)
      const masks = foreground ? seen.map(({ tokens, card }) => foregroundOf(tokens, layerOf(card))) : undefined
      const basis = fitPca(masks ? grids.map((grid, index) => maskedTokens(grid, masks[index]!)) : grids)
      const colors = pcaColors(basis, grids, masks)
      const { pcaDrawing } = await import('../../draw/analysis/pca-drawing.ts')
      const drawn = seen.map(({ input, tokens, pixels }, index) => ({
        name: input.relative,
        pixels,
        placement: tokens.placement,
        colors: colors[index]!,
        ...(masks && { mask: masks[index]! }),
      }))
      await writeFileAtomic(out, [await pcaDrawing(drawn)])
      const { variances } = basis
      output.result(out, { images: seen.map(({ input }) => input.source), variances, file: out }, `${seen.length} images -> ${out}`)
    })
}
