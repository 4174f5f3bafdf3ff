import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'

/** Vision models that are not this network, by tensors that only they have. The first that fits is said. */
const FAMILIES: readonly (readonly [family: string, ...allOf: RegExp[]])[] = [
  ['DINOv3 (ConvNeXt)', /(?:^|\.)stages\.\d+\.layers\.\d+\.depthwise_conv\./],
  ['ConvNeXt', /(?:^|\.)stages\.\d+\.(?:blocks|layers)\.\d+\.(?:conv_dw|dwconv)\./],
  ['DINOv3', /(?:^|\.)(?:storage_tokens|rope_embed\.periods)$/],
  ['Swin', /(?:^|\.)layers\.\d+\.blocks\.\d+\.(?:attn|attention\.self)\.relative_position_bias_table$/],
  ['BEiT', /(?:^|\.)(?:relative_position_bias_table|lambda_1)$/],
  ['BEiT', /(?:^|\.)encoder\.layer\.\d+\.lambda_1$/],
  ['SAM', /\.rel_pos_h$/],
  ['SigLIP, or another vision transformer that pools by attention', /(?:^|\.)attn_pool\.latent$/],
  ['Hiera', /(?:^|\.)(?:blocks\.\d+\.proj|stages\.\d+\.layers\.\d+\.attn\.qkv)\.weight$/],
  ['AIMv2', /(?:^|\.)patch_embed\.norm\.weight$/, /(?:^|\.)blocks\.\d+\.mlp\.fc1_g\.weight$/],
  ['a vision transformer of parallel blocks', /(?:^|\.)blocks\.\d+\.attns\.\d+\./],
  ['SigLIP', /(?:^|\.)head\.probe$/],
  ['CLIP', /(?:^|\.)(?:class_embedding|logit_scale|norm_pre\.weight|ln_pre\.weight|pre_layrnorm\.weight)$/],
  ['SigLIP', /(?:^|\.)embeddings\.position_embedding\.weight$/],
  ['DINOv3 in timm’s form', /(?:^|\.)reg_token$/, /(?:^|\.)blocks\.\d+\.gamma_1$/, /(?:^|\.)cls_token$/],
  ['EVA', /(?:^|\.)blocks\.\d+\.(?:attn\.(?:q_bias|q_proj\.weight|inner_attn_ln\.weight)|mlp\.fc1_g\.weight|gamma_1)$/],
  ['Depth Anything 3', /(?:^|\.)camera_token$/],
  ['I-JEPA', /(?:^|\.)predictor\.(?:module\.)?predictor_(?:pos_embed|blocks)/],
  ['ResNet', /(?:^|\.)layer1\.0\.conv1\.weight$/],
]

/** Families of which a part is as in this network, where no whole one was found: it lacks positions, or a class token. */
const RELATIVES: typeof FAMILIES = [
  ['DINOv3', /(?:^|\.)embeddings\.register_tokens$/, /(?:^|\.)layer\.\d+\.layer_scale1\.lambda1$/],
  ['a vision transformer without a class token, such as I-JEPA', /(?:^|\.)(?:embeddings\.position_embeddings|pos_embed)$/],
]

/**
 * Refuses a checkpoint of a known family that is not this network, by its name.
 *
 * @param file - the checkpoint
 * @param prefix - before the names of the backbone that was found, which are looked at alone; undefined where none was
 * @throws DinokitError `model-unsupported`
 */
export function refuseFamilies(file: TensorFile, prefix: string | undefined): void {
  const names = [...file.tensors.keys()]
  const own = prefix === undefined ? names : names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  for (const [family, ...patterns] of prefix === undefined ? [...FAMILIES, ...RELATIVES] : FAMILIES) {
    const [found] = patterns.map((pattern) => own.find((name) => pattern.test(name)))
    if (found === undefined || !patterns.every((pattern) => own.some((name) => pattern.test(name)))) continue
    throw new DinokitError('model-unsupported', `${file.name} is ${family}, which is not supported.`, {
      given: `a tensor ${found}`,
      expected: 'DINOv2, or a ViT, DeiT or ViT-MAE of timm or transformers',
    })
  }
}
