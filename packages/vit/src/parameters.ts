import type { Architecture } from '@dinokit/core'

/** A parameter of the network, by Meta's name and in Meta's shape. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
}

/** Reads a network's parameters by Meta's names and in Meta's shapes, whatever layout the file has. */
export interface ParameterReader {
  /** Whether the checkpoint has it: {@link isOptional} ones it may lack. */
  has(name: string): boolean
  /** The parameter's values, or those from `start` to before `end`. */
  read(name: string, start?: number, end?: number): Promise<Float32Array>
}

/**
 * The parameters of an architecture, in the order and by the names of Meta's checkpoints
 * (facebookresearch/dinov2, dinov2/models/vision_transformer.py).
 *
 * A network without a class token has an empty one, and a position for it that nothing is added to.
 *
 * @param architecture - of the network
 */
export function listParameters(architecture: Architecture): Parameter[] {
  const { dim, depth, patch, channels = 3, registers, positionGrid, ffn, ffnHidden, finalNorm = true, pooling } = architecture
  const [rows, columns] = positionGrid
  const last = finalNorm ? ['norm'] : pooling === 'mean' ? ['fc_norm'] : []
  return [
    { name: 'cls_token', shape: [1, pooling === 'mean' ? 0 : 1, dim] },
    { name: 'pos_embed', shape: [1, 1 + rows * columns, dim] },
    ...(registers > 0 ? [{ name: 'register_tokens', shape: [1, registers, dim] }] : []),
    { name: 'mask_token', shape: [1, dim] },
    { name: 'patch_embed.proj.weight', shape: [dim, channels, patch, patch] },
    { name: 'patch_embed.proj.bias', shape: [dim] },
    ...Array.from({ length: depth }, (_, block) => blockParameters(`blocks.${block}`, dim, ffn, ffnHidden)).flat(),
    ...last.flatMap((norm) => ['weight', 'bias'].map((kind) => ({ name: `${norm}.${kind}`, shape: [dim] }))),
  ]
}

/**
 * Number of tokens before the patches: the class token, where there is one, and registers.
 *
 * @param architecture - of the network
 */
export function countPrefix({ registers, pooling }: Pick<Architecture, 'registers' | 'pooling'>): number {
  return registers + (pooling === 'mean' ? 0 : 1)
}

/** Parameters that a checkpoint may lack: without LayerScale it is the identity, without a mask token masks can't be used. */
export function isOptional(name: string): boolean {
  return name === 'mask_token' || /\.ls[12]\.gamma$/.test(name)
}

function blockParameters(block: string, dim: number, ffn: Architecture['ffn'], hidden: number): Parameter[] {
  const [inner, outer] = ffn === 'mlp' ? ['mlp.fc1', 'mlp.fc2'] : ['mlp.w12', 'mlp.w3']
  const width = ffn === 'mlp' ? hidden : 2 * hidden
  return [
    { name: `${block}.norm1.weight`, shape: [dim] },
    { name: `${block}.norm1.bias`, shape: [dim] },
    { name: `${block}.attn.qkv.weight`, shape: [3 * dim, dim] },
    { name: `${block}.attn.qkv.bias`, shape: [3 * dim] },
    { name: `${block}.attn.proj.weight`, shape: [dim, dim] },
    { name: `${block}.attn.proj.bias`, shape: [dim] },
    { name: `${block}.ls1.gamma`, shape: [dim] },
    { name: `${block}.norm2.weight`, shape: [dim] },
    { name: `${block}.norm2.bias`, shape: [dim] },
    { name: `${block}.${inner}.weight`, shape: [width, dim] },
    { name: `${block}.${inner}.bias`, shape: [width] },
    { name: `${block}.${outer}.weight`, shape: [dim, hidden] },
    { name: `${block}.${outer}.bias`, shape: [dim] },
    { name: `${block}.ls2.gamma`, shape: [dim] },
  ]
}
