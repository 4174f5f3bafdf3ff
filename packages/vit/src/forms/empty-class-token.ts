import type { StoredTensor, TensorFile } from '@dinokit/checkpoint'
import { isSquare } from './is-square.ts'
import { zeros } from './virtual-tensor.ts'

/**
 * A checkpoint in which each of timm's backbones without a class token has an empty one, [1][0][dim], by which it is recognized.
 *
 * @param file - the checkpoint; the result closes it
 * @returns the file itself where every backbone has a class token
 */
export function withEmptyClassToken(file: TensorFile): TensorFile {
  const added = new Map<string, StoredTensor>()
  for (const [name, { shape }] of file.tensors) {
    const prefix = /^(?:.*\.)?pos_embed$/.test(name) ? name.slice(0, -'pos_embed'.length) : undefined
    if (prefix === undefined || shape.length !== 3 || file.tensors.has(`${prefix}cls_token`)) continue
    // One that had a class token, which is missing: the names are Meta's, or the positions are a square and one more.
    if (file.tensors.has(`${prefix}mask_token`) || (isSquare(shape[1]! - 1) && !isSquare(shape[1]!))) continue
    const others = ['patch_embed.proj.weight', 'blocks.0.norm1.weight', 'blocks.0.attn.qkv.weight']
    if (others.every((other) => file.tensors.has(prefix + other)))
      added.set(`${prefix}cls_token`, zeros(`${prefix}cls_token`, [1, 0, shape[2]!]))
  }
  return added.size === 0 ? file : { ...file, tensors: new Map([...file.tensors, ...added]) }
}
