import { DEVICE_NAMES, PRECISION_NAMES, type DeviceName, type PrecisionName } from '@dinokit/core'
import { Option, type Command } from 'commander'
import type { OpenOptions } from 'dinokit'
import { parseCount } from './parse-options.ts'

/** Options of every command that computes with a model. */
export interface DeviceOptions {
  readonly device?: DeviceName
  readonly threads?: number
}

/** Options of every command that opens a model to look at images. */
export interface ComputeOptions extends DeviceOptions {
  readonly precision?: PrecisionName
  readonly calibration?: string
  readonly allowPrecision?: boolean
}

/** Devices of a browser, which no command has. */
const OF_BROWSERS: readonly DeviceName[] = ['wasm', 'webnn']

/** Adds the options that every command that computes with a model takes. */
export function deviceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--device <device>', 'device; one that is named never gives way to another (default: auto)').choices(
        DEVICE_NAMES.filter((name) => !OF_BROWSERS.includes(name)),
      ),
    )
    .addOption(new Option('--threads <n>', 'number of threads (default: one per core)').argParser(parseCount))
}

/** Adds the options that every command that opens a model to look at images takes. */
export function computeOptions(command: Command): Command {
  return deviceOptions(command)
    .addOption(new Option('--precision <format>', 'number format of the computation (default: float32)').choices(PRECISION_NAMES))
    .option('--calibration <file>', 'with --precision int8: what dinokit calibrate wrote (default: made when the model is opened)')
    .option(...ALLOW_PRECISION)
}

/** Option of commands that take a store or a head. */
export const ALLOW_PRECISION = ['--allow-precision', 'take stores and heads of another number format, such as int8 with float32'] as const

/** Converts them to the options of a runtime. */
export function runtimeOptions({ device, threads }: DeviceOptions): Pick<OpenOptions, 'device' | 'engine'> {
  return { ...(device !== undefined && { device }), ...(threads !== undefined && { engine: { threads } }) }
}
