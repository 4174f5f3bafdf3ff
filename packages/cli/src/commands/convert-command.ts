import { toFloat16, safetensorsChunks } from '@dinokit/checkpoint'
import { modelCardText, tensor, type AnyTensor } from '@dinokit/core'
import { writeFileWhole } from '@dinokit/runtime-node'
import { CARD_KEY, convertVit, type VitBackbone } from '@dinokit/vit'
import type { Command } from 'commander'
import { basename, extname } from 'node:path'
import type { CommandContext } from '../output/command-context.ts'
import { parseCount, parseGrid, parseTriple } from '../options/parse-options.ts'
import { withVitBackbone, type WrittenModel } from '../input/with-vit-backbone.ts'

interface ConvertCommandOptions {
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
    .summary('write a model as a checkpoint, for another patch size if you like')
    .description(
      'Writes a model as a safetensors checkpoint by Meta’s names, with its card inside, from any that dinokit reads: timm’s, Hugging Face’s or Meta’s. Another patch size is made by FlexiViT’s pseudo-inverse resize, without training.',
    )
    .argument('<model>', 'id, hub repository, .pth or .safetensors file, or folder')
    .requiredOption('--out <file>', 'the .safetensors file')
    .option('--patch <pixels>', 'side of a patch (default: as it is)', parseCount)
    .option(
      '--grid <size>',
      'rows and columns of stored positions: 16, or ROWSxCOLUMNS (default: those that cover as many pixels)',
      parseGrid,
    )
    .option('--mean <r,g,b>', 'mean of the colors that the new model expects, folded into its weights', parseTriple)
    .option('--std <r,g,b>', 'deviation of the colors that the new model expects, folded likewise', parseTriple)
    .option('--half', '16-bit floats instead of 32', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit convert ./vit_tiny_patch16.safetensors --patch 14 --mean .485,.456,.406 --std .229,.224,.225 --out tiny14.safetensors\n  $ dinokit convert facebook/dinov2-small --half --out small.safetensors',
    )
    .action(async (model: string, options: ConvertCommandOptions) => {
      await withVitBackbone(context(command), model, options.out, async (backbone, signal) => {
        const { chunks, ...written } = await checkpointOf(backbone, options)
        await writeFileWhole(options.out, chunks, signal)
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
    words: `${stored.length} tensors as ${dtype}: patch ${architecture.patch}, dim ${dim}, depth ${depth}, positions ${positionGrid.join('x')}, for images of ${input.crop}x${input.crop}`,
  }
}
