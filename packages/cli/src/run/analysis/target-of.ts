import { patchMask } from '@dinokit/analysis'
import { DinokitError, tensor, type Region, type Tensor, type Tokens } from '@dinokit/core'
import { readMask } from '../../input/analysis/read-mask.ts'

/** Target of an image: a mask, or a box. */
export interface TargetChoice {
  /** Path of a mask. */
  readonly mask?: string
  readonly box?: Region
}

/**
 * Reads which patches a target covers.
 *
 * @returns [rows][columns]
 * @throws DinokitError `label-invalid` where it covers none, or the mask is of another size; those of reading the mask
 */
export async function targetOf(
  { placement, patches }: Pick<Tokens, 'placement' | 'patches'>,
  { mask, box }: TargetChoice,
): Promise<Tensor<'bool'>> {
  const pixels = mask === undefined ? boxMask(box!, placement.source) : await readMask(mask)
  const target = patchMask(pixels, placement, patches.shape as [number, number, number])
  if (target.data.includes(1)) return target
  throw new DinokitError('label-invalid', 'The target covers no patch.', {
    given: mask ?? Object.values(box!).join(),
    expected: 'a target of at least half a patch, within what the model sees',
  })
}

function boxMask({ left, top, width, height }: Region, source: { readonly width: number; readonly height: number }): Tensor<'bool'> {
  const data = new Uint8Array(source.width * source.height)
  for (let y = top; y < Math.min(source.height, top + height); y++)
    if (left < source.width) data.fill(1, y * source.width + left, y * source.width + Math.min(source.width, left + width))
  return tensor('bool', data, [source.height, source.width])
}
