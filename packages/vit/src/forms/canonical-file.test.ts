import { openTensorFile, writeSafetensors, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, tensor, type AnyTensor } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { canonicalFile } from './canonical-file.ts'

function fileOf(shapes: Readonly<Record<string, readonly number[]>>): Promise<TensorFile> {
  const values = (shape: readonly number[]): AnyTensor => {
    const data = Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, (_, i) => i)
    return tensor('float32', data, shape)
  }
  const tensors = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, values(shape)]))
  return openTensorFile(bytesSource('model.safetensors', writeSafetensors(tensors)))
}

describe('a checkpoint of another family is rejected by its name', () => {
  const anchors = { cls_token: [1, 1, 4], pos_embed: [1, 5, 4] }
  // Names as transformers 5.24 and timm 1.0.31 write them.
  test.each<[family: string, names: Readonly<Record<string, readonly number[]>>]>([
    ['DINOv3', { 'embeddings.cls_token': [1], 'embeddings.register_tokens': [1], 'model.layer.0.layer_scale1.lambda1': [1] }],
    ['DINOv3', { cls_token: [1], storage_tokens: [1], 'rope_embed.periods': [1] }],
    ['DINOv3 in timm’s form', { cls_token: [1], reg_token: [1], 'blocks.0.gamma_1': [1] }],
    ['DINOv3 (ConvNeXt)', { 'model.stages.0.layers.0.depthwise_conv.weight': [1] }],
    ['ConvNeXt', { 'convnext.encoder.stages.0.layers.0.dwconv.weight': [1] }],
    ['ConvNeXt', { 'stages.0.blocks.0.conv_dw.weight': [1] }],
    ['Swin', { 'layers.0.blocks.0.attn.relative_position_bias_table': [1] }],
    ['BEiT', { 'embeddings.cls_token': [1], 'encoder.layer.0.lambda_1': [1] }],
    ['BEiT', { cls_token: [1], 'blocks.0.attn.relative_position_bias_table': [1] }],
    ['SAM', { 'vision_encoder.pos_embed': [1], 'vision_encoder.layers.0.attn.rel_pos_h': [1] }],
    ['CLIP', { 'vision_model.embeddings.class_embedding': [4] }],
    ['CLIP', { ...anchors, 'norm_pre.weight': [4] }],
    ['SigLIP', { 'embeddings.position_embedding.weight': [4], 'head.probe': [1] }],
    ['SigLIP, or another vision transformer that pools by attention', { pos_embed: [1], 'attn_pool.latent': [1] }],
    ['EVA', { ...anchors, 'blocks.0.attn.q_bias': [4], 'blocks.0.attn.qkv.weight': [12, 4] }],
    ['Depth Anything 3', { 'model.backbone.pretrained.camera_token': [1], 'model.backbone.pretrained.pos_embed': [1] }],
    ['I-JEPA', { 'encoder.module.pos_embed': [1], 'predictor.module.predictor_pos_embed': [1] }],
    ['Swin', { 'encoder.layers.0.blocks.0.attention.self.relative_position_bias_table': [1] }],
    ['Hiera', { pos_embed: [1], 'blocks.1.proj.weight': [1] }],
    ['Hiera', { 'embeddings.position_embeddings': [1], 'encoder.stages.0.layers.0.attn.qkv.weight': [1] }],
    ['AIMv2', { 'patch_embed.norm.weight': [4], 'blocks.0.mlp.fc1_g.weight': [4] }],
    ['a vision transformer of parallel blocks', { ...anchors, 'blocks.0.attns.0.norm.weight': [4] }],
    ['a vision transformer without a class token, such as I-JEPA', { 'embeddings.position_embeddings': [1, 4, 4] }],
    ['a vision transformer without a class token, such as I-JEPA', { pos_embed: [1, 4, 4], 'blocks.0.norm1.weight': [4] }],
  ])('holds for %s', async (family, names) => {
    const file = await fileOf(names)
    const said = `model.safetensors is ${family}, which is not supported.`
    expect(() => canonicalFile(file)).toThrow(
      expect.objectContaining({ code: 'model-unsupported', message: expect.stringContaining(said) as string }),
    )
  })
})

test('takes no name of a text model beside a backbone for one of its own', async () => {
  const file = await fileOf({
    'vision_model.cls_token': [1, 1, 4],
    'vision_model.pos_embed': [1, 5, 4],
    'text_model.embeddings.position_embedding.weight': [4],
    logit_scale: [1],
  })
  expect(canonicalFile(file)).toBe(file)
})

test('reads a distillation token as a register with its position added, and the positions as those of CLS and the patches', async () => {
  const file = canonicalFile(await fileOf({ cls_token: [1, 1, 2], dist_token: [1, 1, 2], pos_embed: [1, 6, 2] }))
  expect([...file.tensors.keys()].sort()).toEqual(['cls_token', 'pos_embed', 'reg_token'])
  expect([...(await file.tensors.get('reg_token')!.readFloat32())]).toEqual([0 + 2, 1 + 3])
  const positions = file.tensors.get('pos_embed')!
  expect(positions.shape).toEqual([1, 5, 2])
  expect([...(await positions.readFloat32())]).toEqual([0, 1, 4, 5, 6, 7, 8, 9, 10, 11])
  expect([...(await positions.readFloat32(1, 4))]).toEqual([1, 4, 5])
  expect(await positions.readBytes(4, 8)).toEqual(new Uint8Array(Float32Array.of(1, 4).buffer))
})

test('adds no bias to blocks that lack it', async () => {
  const shapes = { cls_token: [1, 1, 2], pos_embed: [1, 5, 2], 'blocks.0.attn.qkv.weight': [6, 2], 'blocks.1.attn.qkv.weight': [6, 2] }
  const without = canonicalFile(await fileOf(shapes))
  expect([...(await without.tensors.get('blocks.1.attn.qkv.bias')!.readFloat32())]).toEqual([0, 0, 0, 0, 0, 0])
  const some = canonicalFile(await fileOf({ ...shapes, 'blocks.0.attn.qkv.bias': [6] }))
  expect(some.tensors.has('blocks.1.attn.qkv.bias')).toBe(false)
})
