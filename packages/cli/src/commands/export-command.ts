import { PRECISION_NAMES, type PrecisionName, type Size } from '@dinokit/core'
import { writeFileAtomic } from '@dinokit/runtime-node'
import type { ModelPort } from '@dinokit/onnx'
import { exportVit } from '@dinokit/vit'
import { Option, type Command } from 'commander'
import { precisionForm } from 'dinokit'
import { basename, dirname, join } from 'node:path'
import type { CommandContext } from '../output/command-context.ts'
import { describeBytes, describeShape } from '../output/describe-bytes.ts'
import { cardOptions, type CardOptions } from '../options/card-options.ts'
import { parseBox, parseCount } from '../options/parse-options.ts'
import { commandRuntime } from '../input/command-runtime.ts'
import { withVitBackbone } from '../input/with-vit-backbone.ts'

interface ExportOptions extends CardOptions {
  readonly out: string
  readonly size?: Size
  readonly precision: PrecisionName
  readonly calibration?: string
}

/** `dinokit export` */
export function addExportCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('export')
    .summary('Export a model as plain ONNX')
    .description(
      'Export a model as plain ONNX (opset 20). Input: pixels [batch][height][width][3], uint8 (float32 for a model whose images are not rounded). Outputs: last_hidden_state, cls, registers, patches.',
    )
    .argument('<model>', 'model id, hub repository, .pth or .safetensors file, or folder')
    .requiredOption('--out <file>', 'the .onnx file; weights beyond 2 GB go beside it, into FILE.data')
    .addOption(
      new Option('--size <size>', 'image size: 518, or 448x336 (default: the model’s own)').argParser((text) =>
        /^\d+$/.test(text) ? { width: parseCount(text), height: parseCount(text) } : parseBox(text),
      ),
    )
    .addOption(
      new Option('--precision <format>', 'number format of the computation; those of 8 and 4 bits have operators of onnxruntime’s own')
        .choices(PRECISION_NAMES)
        .default('float32'),
    )
    .option('--calibration <file>', 'with --precision int8: what dinokit calibrate wrote (default: made while it is exported)')
  cardOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit export tiny --out tiny.onnx\n  $ dinokit export ./dinov2_vitg14_pretrain.pth --size 518 --out giant.onnx',
    )
    .action(async (model: string, { out, size, precision, calibration, ...said }: ExportOptions) => {
      const { onProgress } = context(command).output
      await withVitBackbone(context(command), model, { out, ...said }, async (backbone, signal) => {
        const location = `${basename(out)}.data`
        const asked = { signal, onProgress, ...(calibration !== undefined && { calibration }) }
        const form =
          precision === 'float32' ? undefined : await precisionForm(commandRuntime({ device: 'cpu' }), backbone, precision, asked)
        const exported = exportVit(backbone, { location, ...(form && { form }), ...(size && { size }) })
        if (exported.kind === 'beside') {
          await writeFileAtomic(join(dirname(out), location), exported.model.weights!.chunks(), signal)
          await writeFileAtomic(out, [exported.model.graph], signal)
        } else await writeFileAtomic(out, exported.file.chunks(), signal)
        const beside = exported.kind === 'beside' ? (exported.model.weights?.byteLength ?? 0) : 0
        const { inputs, outputs } = exported
        return {
          about: { inputs, outputs, precision, ...(beside > 0 && { beside: { file: location, bytes: beside } }) },
          words: [
            ...(beside > 0 ? [`${describeBytes(beside)} in ${location} beside it`] : []),
            `takes ${inputs.map(describePort).join(', ')}; gives ${outputs.map(describePort).join(', ')}`,
          ].join(', '),
        }
      })
    })
}

function describePort({ name, dtype, shape }: ModelPort): string {
  return `${name} ${describeShape(shape)}${dtype === undefined || dtype === 'float32' ? '' : ` ${dtype}`}`
}
