import { computedTensor, type StoredTensor, type TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type RotaryPositions } from '@dinokit/core'
import { joinedTensors, zeros } from '../forms/virtual-tensor.ts'
import { rotaryPeriods } from './rotation.ts'

/** Under this name the metadata of a {@link rotaryFile} say what its tensors no longer do, as JSON: {@link RotaryFacts}. */
const ROTARY_KEY = 'dinokit.rotary'

/** Facts about a checkpoint with rotary positions. */
export interface RotaryFacts {
  readonly interpolation: RotaryPositions
  /** Width of a head, where the file keeps the periods. */
  readonly headWidth?: number
  /** Whether it has a LayerNorm for class tokens of small crops, as Meta's models of satellite images and of 7 billion parameters. */
  readonly localNorm: boolean
}

/** Rules by which names change, with the place of what becomes a part of one tensor. */
type Renaming = readonly (readonly [theirs: RegExp, ours: string, part?: number])[]

/** Names of transformers' DINOv3 since 4.56, and with `model.` before the layers since 5; of weights and biases. */
const HUGGING_FACE: Renaming = [
  [/^embeddings\.(cls_token|mask_token|register_tokens)$/, '$1'],
  [/^embeddings\.patch_embeddings\.(weight|bias)$/, 'patch_embed.proj.$1'],
  [/^(?:model\.)?layer\.(\d+)\.attention\.q_proj\.(weight|bias)$/, 'blocks.$1.attn.qkv.$2', 0],
  [/^(?:model\.)?layer\.(\d+)\.attention\.k_proj\.(weight|bias)$/, 'blocks.$1.attn.qkv.$2', 1],
  [/^(?:model\.)?layer\.(\d+)\.attention\.v_proj\.(weight|bias)$/, 'blocks.$1.attn.qkv.$2', 2],
  [/^(?:model\.)?layer\.(\d+)\.attention\.o_proj\.(weight|bias)$/, 'blocks.$1.attn.proj.$2'],
  [/^(?:model\.)?layer\.(\d+)\.layer_scale([12])\.lambda1$/, 'blocks.$1.ls$2.gamma'],
  [/^(?:model\.)?layer\.(\d+)\.mlp\.gate_proj\.(weight|bias)$/, 'blocks.$1.mlp.w12.$2', 0],
  [/^(?:model\.)?layer\.(\d+)\.(norm[12])\.(weight|bias)$/, 'blocks.$1.$2.$3'],
]
const HUGGING_FACE_MLP: Renaming = [
  [/^(?:model\.)?layer\.(\d+)\.mlp\.up_proj\.(weight|bias)$/, 'blocks.$1.mlp.fc1.$2'],
  [/^(?:model\.)?layer\.(\d+)\.mlp\.down_proj\.(weight|bias)$/, 'blocks.$1.mlp.fc2.$2'],
]
const HUGGING_FACE_GATED: Renaming = [
  [/^(?:model\.)?layer\.(\d+)\.mlp\.up_proj\.(weight|bias)$/, 'blocks.$1.mlp.w12.$2', 1],
  [/^(?:model\.)?layer\.(\d+)\.mlp\.down_proj\.(weight|bias)$/, 'blocks.$1.mlp.w3.$2'],
]
const META: Renaming = [
  [/^storage_tokens$/, 'register_tokens'],
  [/^(blocks\.\d+\.mlp)\.w1\.(weight|bias)$/, '$1.w12.$2', 0],
  [/^(blocks\.\d+\.mlp)\.w2\.(weight|bias)$/, '$1.w12.$2', 1],
]
const TIMM: Renaming = [
  [/^reg_token$/, 'register_tokens'],
  [/^(blocks\.\d+)\.gamma_([12])$/, '$1.ls$2.gamma'],
  [/^(blocks\.\d+)\.attn\.q_bias$/, '$1.attn.qkv.bias', 0],
  [/^(blocks\.\d+)\.attn\.v_bias$/, '$1.attn.qkv.bias', 2],
]
const TIMM_GATED: Renaming = [
  ...TIMM,
  [/^(blocks\.\d+\.mlp)\.fc1_g\.(weight|bias)$/, '$1.w12.$2', 0],
  [/^(blocks\.\d+\.mlp)\.fc1_x\.(weight|bias)$/, '$1.w12.$2', 1],
  [/^(blocks\.\d+\.mlp)\.fc2\.(weight|bias)$/, '$1.w3.$2'],
]

/**
 * The facts about a file that {@link rotaryFile} has read.
 *
 * @returns undefined where its positions are stored
 */
export function rotaryFacts({ metadata }: Pick<TensorFile, 'metadata'>): RotaryFacts | undefined {
  const text = metadata[ROTARY_KEY]
  return text === undefined ? undefined : (JSON.parse(text) as RotaryFacts)
}

/** Names by which each library's DINOv3 is told; the first stands where the backbone's names begin. */
const FORMS: readonly (readonly [anchor: string, others: readonly RegExp[], without: string])[] = [
  ['storage_tokens', [/^cls_token$/, /^rope_embed\.periods$/], 'pos_embed'],
  ['embeddings.register_tokens', [/^(?:model\.)?layer\.0\.attention\.q_proj\.weight$/], 'embeddings.position_embeddings'],
  ['reg_token', [/^cls_token$/, /^blocks\.0\.gamma_1$/], 'pos_embed'],
]

/**
 * A checkpoint of DINOv3's network by Meta's names for DINOv2, whatever its library calls them: an empty position embedding, both
 * halves of SwiGLU in one, keys with a bias of zeros. Reads the periods of rotary positions where the file has them.
 *
 * @param file - the checkpoint; the result closes it
 * @returns the file itself where it is no DINOv3
 * @throws DinokitError `model-unsupported` where the periods are of no known family, or a part is of another network
 */
export async function rotaryFile(file: TensorFile): Promise<TensorFile> {
  const prefix = findPrefix([...file.tensors.keys()])
  if (prefix === undefined) return file
  const own = new Map([...file.tensors].filter(([name]) => name.startsWith(prefix)).map(([name, of]) => [name.slice(prefix.length), of]))
  const facts: RotaryFacts = { ...(await familyOf(file.name, own)), localNorm: own.has('local_cls_norm.weight') }
  for (const name of own.keys()) if (STRANGE.test(name)) throw unknown(file.name, `a tensor ${prefix}${name}`, 'the network of DINOv3')
  const tensors = new Map([...file.tensors].filter(([name]) => !name.startsWith(prefix)))
  for (const [name, tensor] of renamed(own)) tensors.set(prefix + name, tensor)
  return { ...file, tensors, metadata: { ...file.metadata, [ROTARY_KEY]: JSON.stringify(facts) } }
}

/** Parts that other networks with rotary positions have more, or that would change the tokens. */
const STRANGE = /^(?:cls_norm\.|blocks\.\d+\.attn\.(?:q_norm|k_norm|norm)\.|blocks\.\d+\.mlp\.norm\.|norm_pre\.)/

function findPrefix(names: readonly string[]): string | undefined {
  for (const [anchor, others, without] of FORMS) {
    for (const name of names) {
      if (name !== anchor && !name.endsWith(`.${anchor}`)) continue
      const prefix = name.slice(0, -anchor.length)
      const own = names.filter((other) => other.startsWith(prefix)).map((other) => other.slice(prefix.length))
      if (own.includes(without) || !others.every((pattern) => own.some((other) => pattern.test(other)))) continue
      return prefix
    }
  }
  return undefined
}

/** The family of a file's positions: by its periods where it keeps them, else as transformers and timm compute them. */
async function familyOf(name: string, own: ReadonlyMap<string, StoredTensor>): Promise<Pick<RotaryFacts, 'interpolation' | 'headWidth'>> {
  const stored = own.get('rope_embed.periods')
  if (!stored) return { interpolation: 'rotary' }
  const periods = await stored.readFloat32()
  const headWidth = 4 * periods.length
  for (const interpolation of ['rotary-bfloat16', 'rotary'] as const satisfies RotaryPositions[]) {
    const expected = rotaryPeriods(headWidth, interpolation !== 'rotary')
    // Another library's power may round a last bit otherwise; a period in bfloat16 is 4e-3 away from its neighbor.
    if (periods.every((period, i) => Math.abs(period - expected[i]!) <= 1e-6 * expected[i]!)) return { interpolation, headWidth }
  }
  throw unknown(
    name,
    `rotary periods ${Array.from(periods.subarray(0, 4), (period) => period.toPrecision(5)).join(', ')}, …`,
    'those of base 100',
  )
}

function renamed(own: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const rules = rulesOf(own)
  const result = new Map<string, StoredTensor>()
  const parts = new Map<string, (StoredTensor | undefined)[]>()
  for (const [name, tensor] of own) {
    if (/^(?:rope_embed\.periods$|local_cls_norm\.|blocks\.\d+\.attn\.qkv\.bias_mask$)/.test(name)) continue
    const rule = rules.find(([theirs]) => theirs.test(name))
    const ours = rule ? name.replace(rule[0], rule[1]) : name
    if (rule?.[2] === undefined) result.set(ours, tensor)
    else {
      const known = parts.get(ours) ?? []
      known[rule[2]] = tensor
      parts.set(ours, known)
    }
  }
  for (const [name, found] of parts) result.set(name, joined(name, found))
  const dim = own.get('norm.weight')?.shape[0] ?? 0
  result.set('pos_embed', zeros('pos_embed', [1, 1, dim]))
  for (const [name, { shape }] of [...result]) {
    const bias = /^blocks\.\d+\.attn\.qkv\.weight$/.test(name) && name.replace(/weight$/, 'bias')
    if (!bias) continue
    const [given, mask] = [result.get(bias), own.get(`${bias}_mask`)]
    if (!given) result.set(bias, zeros(bias, [shape[0] ?? 0]))
    else if (mask) result.set(bias, productOf(given, mask))
  }
  return result
}

function rulesOf(own: ReadonlyMap<string, StoredTensor>): Renaming {
  if (own.has('embeddings.register_tokens')) {
    const gated = [...own.keys()].some((name) => name.includes('.mlp.gate_proj.'))
    return [...HUGGING_FACE, ...(gated ? HUGGING_FACE_GATED : HUGGING_FACE_MLP)]
  }
  if (own.has('storage_tokens')) return META
  return own.has('blocks.0.mlp.fc1_g.weight') ? TIMM_GATED : TIMM
}

/** Parts of one tensor; a bias that a third of queries, keys and values lacks is zero there. */
function joined(name: string, found: readonly (StoredTensor | undefined)[]): StoredTensor {
  const [known] = found.filter((part) => part !== undefined)
  const count = name.includes('.qkv.') ? 3 : 2
  const all = Array.from({ length: count }, (_, part) => found[part] ?? (name.endsWith('.bias') ? zeros(name, known!.shape) : undefined))
  // A matrix that is missing is missed where the network is checked: a part of it has another shape.
  return all.every((part) => part !== undefined) ? joinedTensors(all) : known!
}

/** The bias of queries, keys and values times its mask, by which Meta's code leaves out that of the keys. */
function productOf(bias: StoredTensor, mask: StoredTensor): StoredTensor {
  return computedTensor(bias.name, bias.shape, async (start, end) => {
    const [values, factors] = await Promise.all([bias.readFloat32(start, end), mask.readFloat32(start, end)])
    return values.map((value, i) => value * factors[i]!)
  })
}

function unknown(file: string, given: string, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `${file} is an unknown network with rotary positions: ${given}.`, { given, expected })
}
