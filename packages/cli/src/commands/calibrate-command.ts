import { DinokitError, type Pixels } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { calibrateInt8, writeCalibration, type MeasuredCalibration, type VitBackbone } from '@dinokit/vit'
import type { Command } from 'commander'
import { sampleInputs } from 'dinokit'
import { commandRuntime } from '../input/command-runtime.ts'
import { withVitBackbone } from '../input/with-vit-backbone.ts'
import type { CommandContext } from '../output/command-context.ts'
import { cardOptions, type CardOptions } from '../options/card-options.ts'
import { parseCount } from '../options/parse-options.ts'
import { evenly } from '../run/stores/evenly.ts'
import { trainingImages } from '../run/training-images.ts'

interface CalibrateCommandOptions extends CardOptions {
  readonly out: string
  readonly data?: string[]
  readonly images: number
  readonly eachLayer: boolean
}

/** `dinokit calibrate` */
export function addCalibrateCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('calibrate')
    .summary('Learn from images how a model is best computed in 8 bits')
    .description(
      'Learn from images how a model is best computed in 8 bits: how large the inputs of its layers get, and which layers must stay in float32. Pass the file to other commands with --precision int8 --calibration <file>. The embedded model comes with one.',
    )
    .argument('<model>', 'model id, hub repository, .pth or .safetensors file, or folder')
    .requiredOption('--out <file>', 'the .safetensors file')
    .option(
      '--data <path...>',
      'images, folders or globs of the kind that the model will see (default: four images that come with dinokit)',
    )
    .option('--images <n>', 'number of images, evenly spread over what is found', parseCount, 16)
    .option('--each-layer', 'report what 8 bits cost and save in each layer, even where all can be in 8 bits', false)
  cardOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit calibrate dinov2-small --data ./photos --out small.int8.safetensors\n  $ dinokit embed ./photos --model dinov2-small --precision int8 --calibration small.int8.safetensors',
    )
    .action(async (model: string, { eachLayer, ...options }: CalibrateCommandOptions) => {
      const { output, signal } = context(command)
      const { data, images, out } = options
      const sources = data && evenly((await trainingImages(data, output)).sources, images)
      const runtime = commandRuntime({ device: 'cpu' })
      await withVitBackbone({ output, signal }, model, options, async (backbone) => {
        const inputs = sources
          ? await readInputs({ output, signal }, backbone, sources)
          : await sampleInputs(runtime, backbone, { signal, onProgress: output.onProgress })
        const calibration = await calibrateInt8(runtime, backbone, inputs, { everyGroup: eachLayer, signal, onProgress: output.onProgress })
        output.end()
        await writeFileAtomic(out, [writeCalibration(calibration)], signal)
        return { about: aboutOf(calibration), words: wordsOf(calibration) }
      })
    })
}

/** Prepares images as a model's inputs; those that can't be read are reported. */
async function readInputs({ output, signal }: CommandContext, { card }: VitBackbone, sources: readonly string[]): Promise<Pixels[]> {
  const { preprocessing, architecture } = card
  const inputs: Pixels[] = []
  for (const source of sources) {
    try {
      const { pixels } = await commandRuntime().preprocessImage!(source, { preprocessing, patch: architecture.patch, signal })
      inputs.push(pixels)
    } catch (cause) {
      if (!DinokitError.is(cause) || cause.code === 'aborted') throw cause
      output.failure(source, cause)
    }
  }
  if (inputs.length > 0) return inputs
  throw new DinokitError('image-unreadable', 'None of the images can be read.', {
    given: `${sources.length} that failed`,
    expected: 'at least one, better 16',
  })
}

function aboutOf({ images, float32, measured }: MeasuredCalibration): Record<string, unknown> {
  const { harm, groups } = measured
  const layers = groups.map(({ name, harm: alone, work }) => ({ name, float32: float32.includes(name), work, harm: alone }))
  return { images, float32, harm, ...(layers.length > 0 && { layers }) }
}

function wordsOf({ images, float32, measured }: MeasuredCalibration): string {
  const { harm, groups } = measured
  const cosines = `cosines to float32 of ${cosine(harm.vector)} for an image, ${cosine(harm.patches)} for patches, ${cosine(harm.worst)} for the worst`
  const layers = groups.map(({ name, harm: alone, work }) =>
    [
      '\n ',
      name.padEnd(20),
      cosine(alone.vector),
      cosine(alone.patches),
      cosine(alone.worst),
      `${(100 * work).toFixed(1)} %`.padStart(6),
      float32.includes(name) ? 'float32' : 'int8',
    ].join(' '),
  )
  const table =
    layers.length > 0
      ? `\nCosines where only this layer is in 8 bits (image, patches, worst patch), its share of the work:${layers.join('')}`
      : ''
  return `from ${images} images: ${cosines}; in float32 stay ${float32.join(', ') || 'none of the blocks’ layers'}${table}`
}

function cosine(harm: number): string {
  return (1 - harm).toFixed(5)
}
