import type { StoredTensor } from '@dinokit/checkpoint'
import type { Layout } from '../layout.ts'
import { isSquare } from './is-square.ts'
import { rowsOf, sumOf } from './virtual-tensor.ts'

interface PrefixNames {
  readonly positions: string
  readonly registers: string
  /** Always has a position. */
  readonly distillation: string
}

const TIMM: PrefixNames = { positions: 'pos_embed', registers: 'reg_token', distillation: 'dist_token' }
const HUGGING_FACE: PrefixNames = {
  positions: 'embeddings.position_embeddings',
  registers: 'embeddings.register_tokens',
  distillation: 'embeddings.distillation_token',
}

/**
 * Tokens beside CLS that have positions of their own, as registers with these added: DeiT's distillation token, which is
 * then a register, and timm's registers without `no_embed_class`. In place.
 *
 * @param tensors - by canonical names
 * @param prefix - before the backbone's names
 * @param layout - of the checkpoint
 */
export function separatePrefix(tensors: Map<string, StoredTensor>, prefix: string, layout: Layout): void {
  if (layout === 'meta') return
  const names = layout === 'timm' ? TIMM : HUGGING_FACE
  const positions = tensors.get(prefix + names.positions)
  const distilled = tensors.get(prefix + names.distillation)
  const token = distilled ?? (layout === 'timm' ? tensors.get(prefix + names.registers) : undefined)
  if (positions?.shape.length !== 3 || token?.shape.length !== 3) return
  const [, rows, dim] = positions.shape as [number, number, number]
  const count = token.shape[1]!
  const cls = tensors.get(`${prefix}cls_token`)?.shape[1] === 0 ? 0 : 1
  const patches = rows - cls - count
  const placed = distilled !== undefined || (isSquare(patches) && !isSquare(rows) && !isSquare(rows - cls))
  if (!placed || patches < 1) return
  const shape = [1, count, dim]
  tensors.delete(prefix + names.distillation)
  tensors.set(prefix + names.registers, sumOf({ ...token, shape }, rowsOf(positions, [[cls, cls + count]], shape)))
  const kept: [number, number][] = [
    [0, cls],
    [cls + count, rows],
  ]
  tensors.set(prefix + names.positions, rowsOf(positions, kept, [1, cls + patches, dim]))
}
