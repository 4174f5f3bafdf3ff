import { DinokitError } from '@dinokit/core'
import type { VitBackbone } from '@dinokit/vit'
import { stat } from 'node:fs/promises'
import { loadBackbone } from 'dinokit'
import { cardFields, type CardOptions } from '../options/card-options.ts'
import type { CommandContext } from '../output/command-context.ts'
import { describeBytes } from '../output/describe-bytes.ts'
import { isUsage } from '../output/is-usage.ts'
import { commandRuntime } from './command-runtime.ts'

/** Description of a written model. */
export interface WrittenModel {
  /** For JSON. */
  readonly about: Readonly<Record<string, unknown>>
  /** For people: sizes and shapes. */
  readonly words: string
}

/** Loads a model’s weights, has a file made of them, and reports the file with its length or the model’s failure. */
export async function withVitBackbone(
  { output, signal }: CommandContext,
  model: string,
  { out, ...said }: CardOptions & { readonly out: string },
  write: (backbone: VitBackbone, signal: AbortSignal) => Promise<WrittenModel>,
): Promise<void> {
  try {
    const backbone = await loadBackbone(commandRuntime(), model, { ...cardFields(said), signal, onProgress: output.onProgress })
    try {
      if (!('weights' in backbone)) {
        throw new DinokitError('model-unsupported', `${model} is already an ONNX file.`, {
          given: model,
          expected: 'a .pth or .safetensors checkpoint',
        })
      }
      const { about, words } = await write(backbone as VitBackbone, signal)
      const { size: bytes } = await stat(out)
      output.report(model, { out, bytes, ...about }, `${model} -> ${out}  ${describeBytes(bytes)}, ${words}`)
    } finally {
      await backbone.close()
    }
  } catch (error) {
    if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
    output.failure(model, error)
  }
}
