import { toFloat16, safetensorsChunks } from '@dinokit/checkpoint'
import { modelCardText, tensor, type AnyTensor } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { CARD_KEY, convertVit, type VitBackbone } from '@dinokit/vit'
import type { Command } from 'commander'
import { basename, extname } from 'node:path'
import type { CommandContext } from '../output/command-context.ts'
import { cardOptions, type CardOptions } from '../options/card-options.ts'
import { parseCount, parseGrid, parseTriple } from '../options/parse-options.ts'
import { withVitBackbone, type WrittenModel } from '../input/with-vit-backbone.ts'

interface ConvertCommandOptions extends CardOptions {
  readonly out: string
  readonly patch?: number
  readonly grid?: readonly [rows: number, columns: number]
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  readonly half: boolean
}

/** `dinokit convert` */
export function addConvertCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('convert')
    .summary('Convert a model to safetensors, optionally to another patch size')
    .description(
      'Convert a checkpoint of timm, Hugging Face or Meta to a safetensors file with Meta’s tensor names and a model card. --patch resizes the patch embedding by FlexiViT’s pseudo-inverse, without training.',
    )
    .argument('<model>', 'model id, hub repository, .pth or .safetensors file, or folder')
    .requiredOption('--out <file>', 'the .safetensors file')
    .option('--patch <pixels>', 'patch size (default: unchanged)', parseCount)
    .option('--grid <size>', 'position grid: 16, or ROWSxCOLUMNS (default: the one that covers as many pixels)', parseGrid)
    .option('--mean <r,g,b>', 'mean of the new preprocessing, folded into the weights', parseTriple)
    .option('--std <r,g,b>', 'standard deviation of the new preprocessing, folded into the weights', parseTriple)
    .option('--half', 'write float16 instead of float32', false)
  cardOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit convert ./vit_tiny_patch16.safetensors --patch 14 --mean .485,.456,.406 --std .229,.224,.225 --out tiny14.safetensors\n  $ dinokit convert facebook/dinov2-small --half --out small.safetensors',
    )
    .action(async (model: string, options: ConvertCommandOptions) => {
      await withVitBackbone(context(command), model, options, async (backbone, signal) => {
        const { chunks, ...written } = await checkpointOf(backbone, options)
        await writeFileAtomic(options.out, chunks, signal)
        return written
      })
    })
}

async function checkpointOf(
  backbone: VitBackbone,
  { out, patch, grid, mean, std, half }: ConvertCommandOptions,
): Promise<WrittenModel & { readonly chunks: Uint8Array[] }> {
  const { preprocessing } = backbone.card
  const { card, tensors } = await convertVit(backbone, {
    id: basename(out, extname(out)),
    ...(patch !== undefined && { patch }),
    ...(grid && { positionGrid: grid }),
    colors: { mean: mean ?? preprocessing.mean, std: std ?? preprocessing.std },
  })
  const stored = Object.entries(tensors).map(([name, { data, shape }]): [string, AnyTensor] => [
    name,
    half ? tensor('float16', toFloat16(data), shape) : tensor('float32', data, shape),
  ])
  const dtype = half ? 'float16' : 'float32'
  const { architecture, preprocessing: input } = card
  const { dim, depth, positionGrid } = architecture
  return {
    chunks: safetensorsChunks(Object.fromEntries(stored), { [CARD_KEY]: modelCardText(card) }),
    about: { tensors: stored.length, dtype, architecture },
    words: `${stored.length} tensors as ${dtype}: patch ${architecture.patch}, dim ${dim}, depth ${depth}, positions ${positionGrid[0] > 0 ? positionGrid.join('x') : 'rotary'}, for images of ${input.crop}x${input.crop}`,
  }
}
