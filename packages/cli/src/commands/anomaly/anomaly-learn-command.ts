import { ANOMALY_MASK_DEFAULTS, writeAnomalyBank } from '@dinokit/analysis'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { Option, type Command } from 'commander'
import {
  givenOf,
  sizedOptions,
  tileOptions,
  tilesOf,
  type AnalysisOptions,
  type TileCommandOptions,
} from '../../options/analysis-options.ts'
import { parseCount, parseNumber, parseShare } from '../../options/parse-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { isOneFile } from '../../output/out-paths.ts'
import { learnBank } from '../../run/anomaly/learn-bank.ts'

interface AnomalyLearnOptions extends Omit<AnalysisOptions, 'overwrite'>, TileCommandOptions {
  readonly out: string
  readonly layer?: number
  readonly foreground?: number | true
  readonly rotations?: boolean
  readonly coreset?: number
  readonly falseAlarms: number
}

/** `dinokit anomaly learn` */
export function addAnomalyLearnCommand(anomaly: Command, context: (command: Command) => CommandContext): void {
  const command = anomaly
    .command('learn')
    .summary('Keep the patches of good images in a bank')
    .description('Keep the patches of good images in a bank, and choose the score above which an image is not like them.')
    .argument('<images...>', 'files, folders, glob patterns or addresses of good images')
  tileOptions(sizedOptions(command))
    .requiredOption('--out <file>', 'a .safetensors file for the bank')
    .addOption(new Option('--layer <n>', 'layer, counted from 1 (default: the last)').argParser(parseCount))
    .addOption(
      new Option(
        '--foreground [threshold]',
        `learn and score the foreground alone: patches whose first principal component is above this (default: ${ANOMALY_MASK_DEFAULTS.threshold})`,
      ).argParser(parseNumber),
    )
    .option('--rotations', 'learn each image at seven more angles too, for things that lie any way round')
    .addOption(new Option('--coreset <n>', 'most patches to keep: those that cover the others best (default: all)').argParser(parseCount))
    .addOption(
      new Option('--false-alarms <share>', 'share of good images that may score above the threshold').argParser(parseShare).default(0.05),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit anomaly learn good/ --out bank.safetensors
  $ dinokit anomaly learn good/ --rotations --coreset 20000 --out bank.safetensors
  $ dinokit anomaly learn sheets/ --tile 518 --overlap 112 --coreset 5000 --out bank.safetensors

With --tile each image is looked at twice, the second time for the threshold, and --coreset bounds the memory: patches are reduced
as they come. A foreground is not found from a part of an image, so --foreground is for whole images.
For the threshold each good image is scored by the others. n images promise a share of false alarms of 1 / (n + 1) at best: 19
images for 0.05.`,
    )
    .action(async (images: string[], options: AnomalyLearnOptions) => {
      const { out, layer, foreground, rotations = false, coreset, falseAlarms } = options
      if (!isOneFile(out, 'safetensors')) command.error(`error: --out ${out} must end with .safetensors.`)
      const tiles = tilesOf(command, options, givenOf({ '--size': options.size, '--foreground': foreground }))
      const { output, signal } = context(command)
      const bank = await learnBank(context(command), {
        images,
        given: options,
        rotations,
        falseAlarms,
        ...(layer !== undefined && { layer }),
        ...(foreground !== undefined && { foreground: foreground === true ? ANOMALY_MASK_DEFAULTS.threshold : foreground }),
        ...(coreset !== undefined && { coreset }),
        ...(tiles && { tiles }),
      })
      if (!bank) return
      await writeFileAtomic(out, [writeAnomalyBank(bank)], signal)
      const { images: count, threshold } = bank.info
      const patches = bank.patches.shape[0]!
      output.result(
        out,
        { images: count, patches, ...(threshold && { threshold: threshold.threshold, falseAlarms: threshold.falseAlarms }), file: out },
        [
          `${count} images, ${patches} patches -> ${out}`,
          threshold
            ? `threshold ${threshold.threshold.toFixed(4)}: at most ${(100 * threshold.falseAlarms).toFixed(1)} % of good images are expected above it`
            : 'no threshold: one image can’t be scored by others',
        ].join('\n'),
      )
      if (threshold && threshold.falseAlarms > falseAlarms) {
        const needed = Math.ceil(1 / falseAlarms - 1 - 1e-9)
        output.note(`${count} good images promise no less; ${needed} are needed for ${100 * falseAlarms} %.`)
      }
    })
}
