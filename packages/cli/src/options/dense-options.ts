import { DENSE_INPUTS, STORED_DENSE_DEFAULTS, type DenseTask } from '@dinokit/train/stored'
import { Option, type Command } from 'commander'
import { annotationOptions, type AnnotationOptions } from './annotation-options.ts'
import { parseCount, parseHeads, parseLayers, parseNumber, parseWhole } from './parse-options.ts'
import { trainingOptions, type TrainingOptions } from './training-options.ts'

/** Options of `dinokit train segment` and `dinokit train depth`. */
export interface DenseOptions extends TrainingOptions, AnnotationOptions {
  readonly input: keyof typeof DENSE_INPUTS
  readonly heads?: readonly (readonly [layer: number, head: number])[]
  readonly flip: boolean
  readonly network: 'linear' | 'convolution'
  readonly hidden: number
  readonly learningRate: number
  /** Megabytes. */
  readonly cacheMb: number
  readonly resume: boolean
  /** A file of names. */
  readonly classes?: string
  readonly prediction?: 'log' | 'bins'
}

/** Adds the options of training a dense head. */
export function denseOptions(command: Command, task: DenseTask): Command {
  const out = task === 'segmentation' ? 'segment.safetensors' : 'depth.safetensors'
  return annotationOptions(trainingOptions(command, out), task)
    .addOption(
      new Option('--network <kind>', 'linear: BatchNorm and 1x1; convolution: 1x1, 3x3, 1x1 with BatchNorm')
        .choices(['linear', 'convolution'])
        .default(STORED_DENSE_DEFAULTS.network),
    )
    .addOption(
      new Option('--input <what>', 'input of the head: patch tokens, or CLS-to-patch attention of each attention head')
        .choices(Object.keys(DENSE_INPUTS))
        .default(STORED_DENSE_DEFAULTS.input),
    )
    .addOption(
      new Option('--heads <list>', 'attention heads for --input attention, as LAYER.HEAD, such as 11.2,12.3 (default: all)').argParser(
        parseHeads,
      ),
    )
    .option('--flip', 'also train on flipped images (the store needs `index --flip`)', false)
    .addOption(new Option('--layers <list>', 'layers to use (default: all layers of the store)').argParser(parseLayers))
    .addOption(
      new Option('--hidden <n>', 'channels of the 3x3 convolution (the 1x1 before it has half)')
        .argParser(parseCount)
        .default(STORED_DENSE_DEFAULTS.hidden),
    )
    .addOption(
      new Option('--learning-rate <rate>', 'peak learning rate').argParser(parseNumber).default(STORED_DENSE_DEFAULTS.learningRate),
    )
    .addOption(new Option('--cache-mb <n>', 'cache size in MB for patches and annotations').argParser(parseWhole).default(1024))
    .addOption(new Option('--resume', 'continue an interrupted training with the same options').default(false))
}
