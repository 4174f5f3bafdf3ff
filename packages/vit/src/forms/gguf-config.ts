import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'

/**
 * Reads the network from dinov2.cpp's GGUF files, in the words of transformers' config.json.
 *
 * @param file - the checkpoint
 * @returns undefined where it is no GGUF file
 * @throws DinokitError `model-unsupported` for a GGUF file of another model
 */
export function ggufConfig({ name, format, metadata }: TensorFile): Readonly<Record<string, unknown>> | undefined {
  if (format !== 'gguf') return undefined
  const architecture = metadata['general.architecture']
  if (architecture !== 'dinov2') {
    throw new DinokitError('model-unsupported', `${name} is a GGUF file of ${architecture ?? 'an unnamed architecture'}.`, {
      given: `general.architecture ${architecture ?? 'none'}`,
      expected: 'dinov2, as dinov2.cpp writes it',
    })
  }
  const count = (key: string): number | undefined => {
    const value = Number(metadata[key])
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  const labels = Array.from({ length: count('num_classes') ?? 0 }, (_, index) => metadata[String(index)])
  return {
    model_type: count('num_register_tokens') ? 'dinov2_with_registers' : 'dinov2',
    hidden_size: count('hidden_size'),
    num_hidden_layers: count('num_hidden_layers'),
    num_attention_heads: count('num_attention_heads'),
    patch_size: count('patch_size'),
    image_size: count('img_size'),
    // Fixed in dinov2.cpp.
    layer_norm_eps: 1e-6,
    ...(labels.length > 0 && labels.every((label) => label !== undefined) && { id2label: labels }),
  }
}
