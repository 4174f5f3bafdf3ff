import type { DecodeMode } from '@dinokit/core'
import { Option, type Command } from 'commander'
import type { OpenOptions } from 'dinokit'
import { cardFields, cardOptions, type CardOptions } from './card-options.ts'
import { computeOptions, runtimeOptions, type ComputeOptions } from './device-options.ts'
import { parseCount } from './parse-options.ts'

/** Options of every command that opens a model. */
export interface ModelOptions extends CardOptions, ComputeOptions {
  readonly model: string
  readonly pixelLimit?: number
  readonly decode?: DecodeMode
}

/** Options of every command that reads images. */
export interface ImageOptions extends ModelOptions {
  readonly recursive: boolean
}

/**
 * Adds the options that every command that opens a model takes.
 *
 * @param other - where the model comes from by default, other than tiny
 */
export function modelOptions(command: Command, other?: string): Command {
  const model = new Option('--model <model>', 'model id, hub repository, .pth, .safetensors or .onnx file, or folder')
  cardOptions(command.addOption(other === undefined ? model.default('tiny') : model.default(undefined, other))).addOption(
    new Option('--pixel-limit <n>', 'refuse images with more pixels than this (default: 100000000)').argParser(parseCount),
  )
  return computeOptions(command)
}

/** Makes the option of the commands that only embed images. */
export function decodeOption(): Option {
  return new Option('--decode <mode>', 'decoding of images: fast reads large JPEG files at a smaller scale').choices(['exact', 'fast'])
}

/** Adds the options that every command that looks at images takes. */
export function imageOptions(command: Command): Command {
  return modelOptions(command).option('--recursive', 'search folders recursively', false)
}

/** Converts them to the options of `open()`. */
export function openOptions({
  model,
  pixelLimit,
  decode,
  device,
  threads,
  precision,
  calibration,
  allowPrecision,
  ...said
}: ModelOptions): OpenOptions {
  return {
    model,
    ...cardFields(said),
    ...runtimeOptions({ ...(device && { device }), ...(threads !== undefined && { threads }) }),
    ...(precision !== undefined && { precision }),
    ...(calibration !== undefined && { calibration }),
    ...(allowPrecision && { allowPrecision }),
    ...(pixelLimit !== undefined && { pixelLimit }),
    ...(decode !== undefined && { decode }),
  }
}
