import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type Architecture } from '@dinokit/core'
import { storedNames, type DetectedLayout, type Layout } from '../layout.ts'
import { rotaryFacts } from '../rotary/rotary-file.ts'
import { inferGrid, type GridFacts } from '../forms/infer-grid.ts'

/** Architecture as far as shapes tell it. */
export type ShapedArchitecture = Omit<Architecture, 'heads' | 'layerNormEps'>

/**
 * Reads the architecture from the names and shapes of a backbone's tensors: all but heads, epsilon and activation.
 *
 * @param file - the checkpoint
 * @param detected - its layout and prefix
 * @param facts - beside the tensors, for the grid of positions
 * @throws DinokitError `tensor-missing`, `model-unsupported`
 */
export function inferArchitecture(file: TensorFile, { layout, prefix }: DetectedLayout, facts: GridFacts = {}): ShapedArchitecture {
  const shapeOf = (name: string): readonly number[] | undefined => file.tensors.get(prefix + storedNames(layout, name)[0]!)?.shape
  const need = (name: string, rank: number): readonly number[] => {
    const shape = shapeOf(name)
    if (!shape)
      throw new DinokitError('tensor-missing', `${file.name} has no tensor ${prefix}${storedNames(layout, name)[0]}.`, { expected: name })
    if (shape.length !== rank) throw unsupported(file.name, `${name} of shape [${shape.join(', ')}]`, `${rank} dimensions`)
    return shape
  }
  const [dim, channels, patch, patchWidth] = need('patch_embed.proj.weight', 4) as [number, number, number, number]
  if (patch !== patchWidth) throw unsupported(file.name, `patches of ${patch}x${patchWidth} pixels`, 'square patches')
  const [, positions] = need('pos_embed', 3) as [number, number, number]
  const classToken = shapeOf('cls_token')?.[1] !== 0
  // timm's class token may have no position; an empty one in the files that dinokit writes has one.
  const counts = layout !== 'timm' ? [positions - 1] : classToken ? [positions, positions - 1] : [positions]
  const positionGrid = rotaryFacts(file) ? ([0, 0] as const) : inferGrid(file.name, counts, patch, facts)
  let depth = 0
  while (shapeOf(`blocks.${depth}.norm1.weight`)) depth++
  if (depth === 0)
    throw new DinokitError('tensor-missing', `${file.name} has no block 0.`, {
      expected: `${prefix}${storedNames(layout, 'blocks.0.norm1.weight')[0]}`,
    })
  const [ffn, ffnHidden] = inferFfn(need, shapeOf('blocks.0.mlp.w12.weight') !== undefined, layout)
  const registers = shapeOf('register_tokens')?.[1] ?? 0
  // timm's models that pool by the mean norm it, and not the tokens.
  const unnormed = layout === 'timm' && !shapeOf('norm.weight') && file.tensors.has(`${prefix}fc_norm.weight`)
  return {
    ...{ patch, dim, depth, ffn, ffnHidden, registers, positionGrid },
    ...(channels !== 3 && { channels }),
    ...(unnormed && { finalNorm: false }),
    ...(!classToken && { pooling: 'mean' }),
  }
}

/** timm names SwiGLU's layers as those of an MLP: there only the widths tell. */
function inferFfn(
  need: (name: string, rank: number) => readonly number[],
  gated: boolean,
  layout: Layout,
): readonly [Architecture['ffn'], hidden: number] {
  if (!gated) return ['mlp', need('blocks.0.mlp.fc1.weight', 2)[0]!]
  const [width] = need('blocks.0.mlp.w12.weight', 2) as [number, number]
  const [, hidden] = layout === 'timm' ? (need('blocks.0.mlp.w3.weight', 2) as [number, number]) : [0, width / 2]
  return hidden === width ? ['mlp', width] : ['swiglu', hidden]
}

/** A network that dinokit does not know. */
export function unsupported(file: string, given: string, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `${file} is an unknown network: ${given}.`, { given, expected })
}
