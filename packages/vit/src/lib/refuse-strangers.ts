import type { TensorFile } from '@dinokit/checkpoint'
import { unsupported } from './infer-architecture.ts'

/** Parts of timm's other vision transformers: without them the tokens would be wrong. */
const STRANGERS = /^(norm_pre\.|dist_token|patch_embed\.(?!proj\.)|blocks\.\d+\.attn\.(q_norm|k_norm|norm)\.|blocks\.\d+\.mlp\.norm\.)/

/**
 * Refuses timm's other vision transformers, by a part that they have more.
 *
 * @throws DinokitError `model-unsupported`
 */
export function refuseStrangers(file: TensorFile, prefix: string): void {
  for (const name of file.tensors.keys()) {
    if (name.startsWith(prefix) && STRANGERS.test(name.slice(prefix.length)))
      throw unsupported(file.name, `it has a tensor ${name}`, 'the vision transformer of DINOv2')
  }
}
