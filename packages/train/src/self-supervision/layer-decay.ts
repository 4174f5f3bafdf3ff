/**
 * Computes the multiplier of a parameter's learning rate by the block that it belongs to: 1 for the final LayerNorm, and less from
 * block to block towards the image (facebookresearch/dinov2, dinov2/utils/param_groups.py).
 *
 * @param depth - number of blocks
 * @param decay - from each block to the one before
 * @param patchRate - of the patch projection besides
 * @returns of Meta's names
 */
export function layerDecay(depth: number, decay: number, patchRate: number): (name: string) => number {
  return (name) => {
    const block = /^blocks\.(\d+)\./.exec(name)
    const layer = block ? Number(block[1]) + 1 : name.startsWith('norm.') ? depth + 1 : 0
    return decay ** (depth + 1 - layer) * (name.startsWith('patch_embed.') ? patchRate : 1)
  }
}
