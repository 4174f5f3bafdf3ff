import { preprocess, type Pixels } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import { calibrateInt8, writeCalibration } from '@dinokit/vit'
import type { Command } from 'commander'
import { commandRuntime } from '../input/command-runtime.ts'
import { withVitBackbone } from '../input/with-vit-backbone.ts'
import type { CommandContext } from '../output/command-context.ts'
import { cardOptions, type CardOptions } from '../options/card-options.ts'
import { parseCount } from '../options/parse-options.ts'
import { trainingImages } from '../run/training-images.ts'

interface CalibrateCommandOptions extends CardOptions {
  readonly out: string
  readonly data: string[]
  readonly images: number
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
    .requiredOption('--data <path...>', 'images, folders or globs: 16 images of the kind that the model will see')
    .requiredOption('--out <file>', 'the .safetensors file')
    .option('--images <n>', 'number of images, evenly spread over what is found', parseCount, 16)
  cardOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  $ dinokit calibrate dinov2-small --data ./photos --out small.int8.safetensors\n  $ dinokit embed ./photos --model dinov2-small --precision int8 --calibration small.int8.safetensors',
    )
    .action(async (model: string, { data, images, ...said }: CalibrateCommandOptions) => {
      const { output, signal } = context(command)
      const { sources } = await trainingImages(data, output)
      const count = Math.min(images, sources.length)
      const chosen = Array.from({ length: count }, (_, index) => sources[Math.floor((index * sources.length) / count)]!)
      const runtime = commandRuntime({ device: 'cpu' })
      await withVitBackbone({ output, signal }, model, said, async (backbone) => {
        const { preprocessing, architecture } = backbone.card
        const inputs: Pixels[] = []
        for (const source of chosen)
          inputs.push(preprocess(await runtime.decodeImage(source, { signal }), { preprocessing, patch: architecture.patch }).pixels)
        const calibration = await calibrateInt8(runtime, backbone, inputs, { signal, onProgress: output.onProgress })
        await writeFileAtomic(said.out, [writeCalibration(calibration)], signal)
        const { float32 } = calibration
        return {
          about: { images: inputs.length, float32 },
          words: `from ${inputs.length} images; in float32 stay ${float32.join(', ') || 'none of the blocks’ layers'}`,
        }
      })
    })
}
