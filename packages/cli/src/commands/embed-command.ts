import type { InputSize, Tokens } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import { Option, type Command } from 'commander'
import { tokenFile } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { describeTokens, tokensResult } from '../output/found/told-tokens.ts'
import { assertOneFile } from '../output/out-paths.ts'
import { createOutputFiles, OVERWRITE } from '../output/output-files.ts'
import { parseCount, parseLayers, parseSize } from '../options/parse-options.ts'
import { decodeOption, openOptions, imageOptions, type ImageOptions } from '../options/image-options.ts'
import { givenOf, tileOptions, tilesOf, type TileCommandOptions } from '../options/analysis-options.ts'
import { runImages, runOpened } from '../run/run-images.ts'

interface EmbedOptions extends ImageOptions, TileCommandOptions {
  readonly size?: InputSize
  readonly layers?: number[]
  /** Whether `--layers` are after the final LayerNorm. */
  readonly layerNorm: boolean
  readonly attention?: number[]
  readonly pixels?: boolean
  readonly batch?: number
  readonly out?: string
  /** Whether results of other images are replaced. */
  readonly overwrite: boolean
}

/** `dinokit embed` */
export function addEmbedCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('embed')
    .summary('Compute embeddings: CLS token, registers, patch grid, attention')
    .description('Compute embeddings of images: CLS token, registers, patch grid, and on request layers and attention maps.')
    .argument('<images...>', 'files, folders, glob patterns or addresses')
  tileOptions(imageOptions(command))
    .addOption(new Option('--size <size>', 'input size: 224 (resize and crop), 448x336, native, pad or source').argParser(parseSize))
    .addOption(
      new Option('--layers <list>', 'also write the tokens of these layers, counted from 1, such as 3,6,9,12').argParser(parseLayers),
    )
    .option('--no-layer-norm', 'write those layers without the final LayerNorm')
    .addOption(new Option('--attention <list>', 'also write the attention maps of these layers').argParser(parseLayers))
    .option('--pixels', 'also write the model input')
    .addOption(decodeOption())
    .addOption(new Option('--batch <n>', 'batch size (default: 1, on a GPU 8)').argParser(parseCount))
    .option('--out <path>', 'output: a .safetensors file for one image, or a folder')
    .option(...OVERWRITE)
    .addHelpText(
      'after',
      `
Examples:
  $ dinokit embed photo.jpg --out photo.safetensors
  $ dinokit embed photos/ --recursive --out embeddings/ --batch 8
  $ dinokit embed photo.jpg --size native --layers 3,6,9,12 --attention 12 --out photo.safetensors
  $ dinokit embed large.jpg --tile 518 --overlap 112 --out large.safetensors
  $ dinokit embed photo.jpg --model ./dinov2_vits14_pretrain.pth --json

With --tile patches are of the whole image at its own size; the class token and the registers are the mean of the tiles'.
Without --out, the class token and registers are printed with --json, and the shapes without.`,
    )
    .action(async (images: string[], options: EmbedOptions) => {
      const { size, layers, layerNorm, attention, pixels, batch, out, recursive, overwrite } = options
      await assertOneFile(command, images, { out, recursive })
      const { output, signal } = context(command)
      const files = out === undefined ? undefined : createOutputFiles({ out, format: 'safetensors', overwrite })
      const tiles = tilesOf(
        command,
        options,
        givenOf({ '--size': size, '--attention': attention, '--pixels': pixels, '--batch': batch, '--decode': options.decode }),
      )
      const job = {
        named: images,
        begin: async (inputs: readonly Input[]) => files?.plan(inputs),
        recursive,
      }
      const opening = {
        ...openOptions(options),
        ...(size !== undefined && { size }),
        ...(layers && (layerNorm ? { layers } : { rawLayers: layers })),
        ...(attention && { attention }),
      }
      const answer = async (input: Input, { rawLayers: raw, ...seen }: Tokens): Promise<void> => {
        // The flag says which kind `--layers` means: under the name of the layer there is one of them.
        const tokens = layerNorm ? { ...seen, rawLayers: raw } : { ...seen, layers: raw, rawLayers: {} }
        if (!files) {
          output.result(input.source, tokensResult(tokens), `${input.source}  ${describeTokens(tokens)}`)
          return
        }
        const path = await files.write(input, tokenFile(tokens))
        output.report(input.source, path, `${input.source} -> ${path}  ${describeTokens(tokens)}`)
      }
      if (tiles) {
        const { embedTiles } = await import('@dinokit/analysis')
        const onTile = (done: number, all: number): void => output.advance(done, all, 'tiles')
        await runOpened(context(command), {
          ...job,
          open: async () => opening,
          work: async (input, vision, image) => answer(input, await embedTiles(vision, image, { ...tiles, onTile, signal })),
        })
        return
      }
      await runImages(context(command), {
        ...job,
        open: opening,
        stream: { ...(batch !== undefined && { batch }), ...(pixels && { pixels }) },
        answer,
      })
    })
}
