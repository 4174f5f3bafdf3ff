import { DinokitError } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import type { VitBackbone } from '@dinokit/vit'
import { loadBackbone } from '../../load-backbone.ts'
import type { CommandContext } from './command-context.ts'
import { isUsage } from './run-pictures.ts'

/** Loads a model's weights, has a file made of them, and reports the file or the model's failure. */
export async function withVitBackbone(
  { output, signal }: CommandContext,
  model: string,
  out: string,
  write: (backbone: VitBackbone, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    const backbone = await loadBackbone(createNodeRuntime(), model, { signal, onProgress: output.onProgress })
    try {
      if (!('weights' in backbone)) {
        throw new DinokitError('model-unsupported', `${model} is ONNX already.`, {
          given: model,
          expected: 'a .pth or .safetensors checkpoint',
        })
      }
      await write(backbone as VitBackbone, signal)
    } finally {
      await backbone.close()
    }
    output.result(model, out, `${model} -> ${out}`)
  } catch (error) {
    if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
    output.failure(model, error)
  }
}
