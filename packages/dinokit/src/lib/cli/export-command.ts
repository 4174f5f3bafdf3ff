import { DinokitError, type Size } from '@dinokit/core'
import { createNodeRuntime, writeFileWhole } from '@dinokit/runtime-node'
import { exportVit, type VitBackbone } from '@dinokit/vit'
import { Option, type Command } from 'commander'
import { basename, dirname, join } from 'node:path'
import { loadBackbone } from '../../load-backbone.ts'
import type { CommandContext } from './command-context.ts'
import { parseBox, parseCount } from './parse-options.ts'
import { isUsage } from './run-pictures.ts'

interface ExportOptions {
  readonly out: string
  readonly size?: Size
}

/** `dinokit export` */
export function addExportCommand(program: Command, context: (command: Command) => CommandContext): void {
  const command = program
    .command('export')
    .summary('write a model as plain ONNX')
    .description(
      'Writes a model as plain ONNX (opset 20) that any program can run: bytes [batch][height][width][3] in; last_hidden_state, cls, registers and patches out.',
    )
    .argument('<model>', 'id, hub repository, .pth or .safetensors file, or folder')
    .requiredOption('--out <file>', 'the .onnx file; weights beyond 2 GB go beside it, into FILE.data')
    .addOption(
      new Option('--size <size>', 'pictures’ size: 518, or 448x336 (default: the model’s own)').argParser((text) =>
        /^\d+$/.test(text) ? { width: parseCount(text), height: parseCount(text) } : parseBox(text),
      ),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit export tiny --out tiny.onnx\n  $ dinokit export ./dinov2_vitg14_pretrain.pth --size 518 --out giant.onnx',
    )
    .action(async (model: string, { out, size }: ExportOptions) => {
      const { output, signal } = context(command)
      try {
        const backbone = await loadBackbone(createNodeRuntime(), model, { signal, onProgress: output.onProgress })
        try {
          if (!('weights' in backbone)) {
            throw new DinokitError('model-unsupported', `${model} is ONNX already.`, {
              given: model,
              expected: 'a .pth or .safetensors checkpoint',
            })
          }
          const location = `${basename(out)}.data`
          const exported = exportVit(backbone as VitBackbone, { location, ...(size && { size }) })
          if (exported.kind === 'beside') {
            await writeFileWhole(join(dirname(out), location), exported.model.weights!.chunks(), signal)
            await writeFileWhole(out, [exported.model.graph], signal)
          } else await writeFileWhole(out, exported.file.chunks(), signal)
        } finally {
          await backbone.close()
        }
        output.result(model, out, `${model} -> ${out}`)
      } catch (error) {
        if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
        output.failure(model, error)
      }
    })
}
