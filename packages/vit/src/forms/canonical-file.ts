import type { StoredTensor, TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'
import { detectLayout, type Layout } from '../layout.ts'
import { withEmptyClassToken } from './empty-class-token.ts'
import { huggingFaceName, type CanonicalName } from './huggingface-names.ts'
import { refuseFamilies } from './refuse-families.ts'
import { separatePrefix } from './separate-prefix.ts'
import { joinedTensors, zeros } from './virtual-tensor.ts'

/**
 * A checkpoint by the names of one of the {@link Layout}s, whatever names its writer chose: transformers' names in memory
 * since version 5, its ViT, DeiT and ViT-MAE, Meta's blocks in chunks, tokens that have positions beside CLS. What is already
 * so is returned as it is. Nothing is read.
 *
 * @param given - the checkpoint; the result closes it
 * @throws DinokitError `tensor-invalid` where a tensor of the network is of a kind that is not read; `model-unsupported` where it
 *   is of a known family that is not this network
 */
export function canonicalFile(given: TensorFile): TensorFile {
  const file = withEmptyClassToken(given)
  const detected = detectLayout(file.tensors.keys())
  assertReadable(file, detected?.prefix)
  refuseFamilies(file, detected?.prefix)
  if (!detected) return file
  const { layout, prefix } = detected
  const tensors = renamed(file.tensors, prefix, layout)
  separatePrefix(tensors, prefix, layout)
  addBiases(tensors, prefix, layout)
  return sameNames(tensors, file.tensors) ? file : { ...file, tensors }
}

/**
 * The name of a tensor in its layout.
 *
 * @param layout - of the checkpoint
 * @param name - without what stands before the backbone's names
 */
export function canonicalName(layout: Layout, name: string): CanonicalName {
  if (layout === 'huggingface') return huggingFaceName(name)
  // Meta's training keeps its blocks in chunks: blocks.CHUNK.BLOCK, of which the second counts over all of them.
  return { name: name.replace(/^blocks\.\d+\.(\d+)\./, 'blocks.$1.') }
}

const OF_THE_NETWORK = /^(?:(?:cls_token|pos_embed)$|(?:embeddings|patch_embed|encoder\.layers?|layers?|blocks|layernorm|norm)\.)/

/** Entries that were passed over in reading are no part of the network. */
function assertReadable(file: TensorFile, prefix: string | undefined): void {
  for (const [name, what] of file.skipped ?? []) {
    const needed =
      prefix === undefined ? /(?:^|\.)cls_token$/.test(name) : name.startsWith(prefix) && OF_THE_NETWORK.test(name.slice(prefix.length))
    if (needed) throw unreadable(file.name, name, what)
  }
}

function unreadable(file: string, tensor: string, what: string): DinokitError {
  return new DinokitError('tensor-invalid', `${file}: ${tensor} is ${what}.`, {
    given: what,
    expected: 'a tensor of F32, F16, BF16 or F64',
    hint: 'Quantized checkpoints can’t be used here: take the original one.',
  })
}

function keyOf(stored: string, prefix: string, layout: Layout): { readonly key: string; readonly part?: number } {
  if (!stored.startsWith(prefix)) return { key: stored }
  const { name, ...part } = canonicalName(layout, stored.slice(prefix.length))
  return { key: prefix + name, ...part }
}

function renamed(tensors: TensorFile['tensors'], prefix: string, layout: Layout): Map<string, StoredTensor> {
  const result = new Map<string, StoredTensor>()
  const halves = new Map<string, StoredTensor[]>()
  for (const [stored, tensor] of tensors) {
    const { key, part } = keyOf(stored, prefix, layout)
    if (part !== undefined) {
      const known = halves.get(key) ?? []
      known[part] = tensor
      halves.set(key, known)
    } else if (key === stored || !tensors.has(key)) result.set(key, tensor)
  }
  for (const [name, [first, second]] of halves) if (first && second) result.set(name, joinedTensors([first, second]))
  return result
}

/** transformers' `qkv_bias=False` and timm's: biases that no block has are zero. One that lacks is still missed. */
function addBiases(tensors: Map<string, StoredTensor>, prefix: string, layout: Layout): void {
  const parts = layout === 'huggingface' ? ['query', 'key', 'value'].map((part) => `attention.attention.${part}`) : ['attn.qkv']
  const block = layout === 'huggingface' ? 'encoder.layer' : 'blocks'
  const weights = [...tensors].filter(([name]) =>
    parts.some((part) => name.startsWith(`${prefix}${block}.`) && name.endsWith(`.${part}.weight`)),
  )
  if (weights.some(([name]) => tensors.has(name.replace(/weight$/, 'bias')))) return
  for (const [name, { shape }] of weights) {
    const bias = name.replace(/weight$/, 'bias')
    tensors.set(bias, zeros(bias, [shape[0] ?? 0]))
  }
}

function sameNames(a: ReadonlyMap<string, StoredTensor>, b: ReadonlyMap<string, StoredTensor>): boolean {
  return a.size === b.size && [...a].every(([name, tensor]) => b.get(name) === tensor)
}
