import type { InputSize, Tokens } from '@dinokit/core'
import { Option, type Command } from 'commander'
import { tokenFile } from 'dinokit'
import type { CommandContext } from '../output/command-context.ts'
import { assertOneFile } from '../output/out-paths.ts'
import { createOutputFiles, OVERWRITE } from '../output/output-files.ts'
import { parseCount, parseLayers, parseSize } from '../options/parse-options.ts'
import { decodeOption, openOptions, imageOptions, type ImageOptions } from '../options/image-options.ts'
import { runImages } from '../run/run-images.ts'

interface EmbedOptions extends ImageOptions {
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
  imageOptions(command)
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
  $ dinokit embed photo.jpg --model ./dinov2_vits14_pretrain.pth --json

Without --out, the class token and registers are printed with --json, and the shapes without.`,
    )
    .action(async (images: string[], options: EmbedOptions) => {
      const { size, layers, layerNorm, attention, pixels, batch, out, recursive, overwrite } = options
      await assertOneFile(command, images, { out, recursive })
      const { output } = context(command)
      const files = out === undefined ? undefined : createOutputFiles({ out, format: 'safetensors', overwrite })
      await runImages(context(command), {
        named: images,
        begin: async (inputs) => files?.plan(inputs),
        recursive,
        open: {
          ...openOptions(options),
          ...(size !== undefined && { size }),
          ...(layers && (layerNorm ? { layers } : { rawLayers: layers })),
          ...(attention && { attention }),
        },
        stream: { ...(batch !== undefined && { batch }), ...(pixels && { pixels }) },
        async answer(input, { rawLayers: raw, ...seen }) {
          // The flag says which kind `--layers` means: under the name of the layer there is one of them.
          const tokens = layerNorm ? { ...seen, rawLayers: raw } : { ...seen, layers: raw, rawLayers: {} }
          if (!files) {
            output.result(input.source, resultOf(tokens), `${input.source}  ${describe(tokens)}`)
            return
          }
          const path = await files.write(input, tokenFile(tokens))
          output.report(input.source, path, `${input.source} -> ${path}  ${describe(tokens)}`)
        },
      })
    })
}

function describe(tokens: Tokens): string {
  const shape = (lengths: readonly number[]): string => `[${lengths.join('][')}]`
  const { decode, preprocess, run } = tokens.timing
  const layers = Object.keys(tokens.layers)
  return [
    `cls ${shape(tokens.cls.shape)}`,
    `registers ${shape(tokens.registers.shape)}`,
    `patches ${shape(tokens.patches.shape)}`,
    ...(layers.length > 0 ? [`layers ${layers.join(',')}`] : []),
    ...Object.entries(tokens.attention).map(([layer, map]) => `attention${layer} ${shape(map.shape)}`),
    `${Math.round(decode + preprocess + run)} ms`,
  ].join('  ')
}

function resultOf({ cls, registers, patches, placement, fingerprint }: Tokens): Record<string, unknown> {
  const [count, dim] = registers.shape as [number, number]
  return {
    cls: Array.from(cls.data),
    registers: Array.from({ length: count }, (_, index) => Array.from(registers.data.subarray(index * dim, (index + 1) * dim))),
    patches: patches.shape,
    placement,
    fingerprint,
  }
}
