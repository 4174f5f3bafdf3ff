import { Option, type Command } from 'commander'
import type { OpenOptions } from '../../open.ts'
import { parseCount } from './parse-options.ts'

/** What every command that looks at pictures takes. */
export interface PictureOptions {
  readonly model: string
  readonly recursive: boolean
  readonly pixelLimit?: number
  readonly threads?: number
}

/** Adds the options that every command that looks at pictures takes. */
export function pictureOptions(command: Command): Command {
  return command
    .option('--model <model>', 'id, hub repository, .pth, .safetensors or .onnx file, or folder', 'tiny')
    .option('--recursive', 'look into folders of folders too', false)
    .addOption(new Option('--pixel-limit <n>', 'refuse pictures of more pixels (default: 100000000)').argParser(parseCount))
    .addOption(new Option('--threads <n>', 'threads of the engine (default: one a core)').argParser(parseCount))
}

/** What they say of the model to be opened. */
export function openOptions({ model, pixelLimit, threads }: PictureOptions): OpenOptions {
  return { model, ...(pixelLimit !== undefined && { pixelLimit }), ...(threads !== undefined && { engine: { threads } }) }
}
