import { computedTensor, elementCount, type StoredTensor, type TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'
import { detectLayout, type DetectedLayout } from '../layout.ts'
import { canonicalFile, canonicalName } from './canonical-file.ts'

/** The parsed adapter_config.json that peft writes beside an adapter. */
export type AdapterConfig = Readonly<Record<string, unknown>>

/** An adapter's two matrices for one tensor of the model: the weight gains `scale` times their product. */
interface LowRank {
  readonly down: StoredTensor
  readonly up: StoredTensor
  readonly scale: number
  /** The first row that it is for: transformers keeps two matrices in one. */
  readonly firstRow: number
}

const WRAPPER = /^(?:.*\.)?base_model\.model\./
/** Where the names of a backbone begin. */
const BEGINNING = /(?:^|\.)(?:embeddings|encoder\.layers?|layers?|blocks|patch_embed|layernorm|norm)\./

/**
 * A model with a LoRA adapter of peft merged into it: each weight is summed with its part of the adapter when it is read. What the
 * adapter keeps whole (`modules_to_save`, such as a classifier) takes the place of the model's own.
 *
 * @param file - the model
 * @param adapter - the adapter's tensors
 * @param config - adapter_config.json
 * @throws DinokitError `tensor-missing`, `tensor-invalid` where the adapter is for another model; `model-unsupported` where it is
 *   of another kind than LoRA
 */
export function mergeAdapter(file: TensorFile, adapter: TensorFile, config: AdapterConfig): TensorFile {
  assertLora(adapter.name, config)
  const base = canonicalFile(file)
  const detected = detectLayout(base.tensors.keys())
  if (!detected) return base
  const names = new Map(Array.from(adapter.tensors, ([name, tensor]) => [name.replace(WRAPPER, ''), tensor]))
  const prefix = adapterPrefix(names.keys()) ?? detected.prefix
  // An adapter of a classifier on a base without one: the classifier is found by where the backbone stands in the whole.
  const own = detected.prefix === '' ? prefix : detected.prefix
  const moved = own === detected.prefix ? base.tensors : [...base.tensors].map(([name, tensor]) => [own + name, tensor] as const)
  const tensors = new Map<string, StoredTensor>(moved)
  const place = (name: string): string => (name.startsWith(prefix) && BEGINNING.test(name) ? own + name.slice(prefix.length) : name)
  const merged = { tensors, layout: detected.layout, prefix: own, adapter: adapter.name }
  for (const [name, tensor] of names) {
    const module = /^(.*)\.lora_A(?:\.[^.]+)?\.weight$/.exec(name)?.[1]
    if (module !== undefined) addLowRank(merged, { module, placed: place(module), down: tensor, names, config })
    else if (!/\.lora_B(?:\.[^.]+)?\.weight$/.test(name)) tensors.set(savedPlace(merged, place(name), tensor), tensor)
  }
  const close = async (): Promise<void> => {
    await Promise.all([base.close(), adapter.close()])
  }
  return { ...base, tensors, close }
}

/**
 * Splits a file that peft wrapped and nobody merged into the model and its adapter.
 *
 * @param file - the checkpoint
 * @returns undefined where there is no adapter in it
 * @throws DinokitError `model-unsupported` where there are several
 */
export function splitAdapter(file: TensorFile): { readonly base: TensorFile; readonly adapter: TensorFile } | undefined {
  const names = [...file.tensors.keys()]
  if (!names.some((name) => /\.lora_[AB](?:\.[^.]+)?\.weight$/.test(name))) return undefined
  const adapters = new Set(names.flatMap((name) => /\.(?:lora_[AB]|modules_to_save)\.([^.]+)\.(?:weight|bias)$/.exec(name)?.[1] ?? []))
  if (adapters.size > 1)
    throw new DinokitError('model-unsupported', `${file.name} holds several adapters.`, {
      given: [...adapters].join(', '),
      expected: 'one',
      hint: 'In Python keep one: model.delete_adapter(NAME), or merge it: model.merge_and_unload().',
    })
  const [base, adapter] = [new Map<string, StoredTensor>(), new Map<string, StoredTensor>()]
  for (const [name, tensor] of file.tensors) {
    const whole = name.replace(WRAPPER, '')
    if (whole.includes('.lora_')) adapter.set(whole, tensor)
    else if (/\.modules_to_save\.[^.]+\./.test(whole)) adapter.set(whole.replace(/\.modules_to_save\.[^.]+\./, '.'), tensor)
    else base.set(whole.replace('.base_layer.', '.').replace('.original_module.', '.'), tensor)
  }
  return { base: { ...file, tensors: base }, adapter: { ...file, tensors: adapter, close: async () => {} } }
}

function assertLora(name: string, { peft_type: kind, use_dora: dora, fan_in_fan_out: turned }: AdapterConfig): void {
  if (kind === 'LORA' && dora !== true && turned !== true) return
  throw new DinokitError('model-unsupported', `${name} is an adapter that can’t be merged here.`, {
    given: kind === 'LORA' ? (dora === true ? 'DoRA' : 'fan_in_fan_out') : `peft_type ${JSON.stringify(kind)}`,
    expected: 'LoRA',
    hint: 'In Python merge it: model.merge_and_unload().save_pretrained("merged").',
  })
}

/** Prefix of the backbone's names in an adapter. */
function adapterPrefix(names: Iterable<string>): string | undefined {
  for (const name of names) {
    const found = BEGINNING.exec(name)
    if (found) return name.slice(0, found.index + (found[0].startsWith('.') ? 1 : 0))
  }
  return undefined
}

/** A model that an adapter is merged into. */
interface Merged extends Pick<DetectedLayout, 'layout' | 'prefix'> {
  readonly tensors: Map<string, StoredTensor>
  /** Name of the adapter, for messages. */
  readonly adapter: string
}

/** A module that an adapter changes. */
interface AddedModule {
  /** Name of the module in the adapter. */
  readonly module: string
  /** Its name in the model. */
  readonly placed: string
  readonly down: StoredTensor
  /** Tensors of the adapter, `up` among them. */
  readonly names: ReadonlyMap<string, StoredTensor>
  readonly config: AdapterConfig
}

function addLowRank({ tensors, layout, prefix, adapter }: Merged, { module, placed, down, names, config }: AddedModule): void {
  const up = [...names].find(([name]) => name.startsWith(`${module}.lora_B.`))?.[1]
  const { name, part = 0 } = canonicalName(layout, `${placed}.weight`.slice(prefix.length))
  const key = placed.startsWith(prefix) ? prefix + name : `${placed}.weight`
  const weight = tensors.get(key)
  if (!up || !weight) throw otherBase(adapter, 'tensor-missing', `${module}, which the model does not have`, key)
  const [out, input] = [up.shape[0]!, elementCount(down.shape.slice(1))]
  const firstRow = part * out
  const rows = weight.shape[0]!
  const fits =
    elementCount(weight.shape.slice(1)) === input &&
    up.shape[1] === down.shape[0] &&
    (rows === out || (name.includes('weights_in') && rows === 2 * out))
  if (!fits || firstRow + out > rows)
    throw otherBase(adapter, 'tensor-invalid', `${module} of ${out}x${input}`, `${key} of shape [${weight.shape.join(', ')}]`)
  tensors.set(key, withLowRank(weight, { down, up, scale: scaleOf(module, down.shape[0]!, config), firstRow }))
}

function otherBase(adapter: string, code: 'tensor-missing' | 'tensor-invalid', given: string, expected: string): DinokitError {
  return new DinokitError(code, `The adapter ${adapter} is for another model: it changes ${given}.`, {
    given,
    expected,
    hint: 'Name the model that the adapter was trained on: base_model_name_or_path in its adapter_config.json.',
  })
}

/** Where a tensor goes that the adapter keeps whole. */
function savedPlace({ tensors, layout, prefix, adapter }: Merged, name: string, { shape }: StoredTensor): string {
  const { name: canonical, part } = name.startsWith(prefix) ? canonicalName(layout, name.slice(prefix.length)) : { name: undefined }
  const key = canonical === undefined ? name : prefix + canonical
  const replaced = tensors.get(key)
  if (part !== undefined || (replaced && BEGINNING.test(name) && replaced.shape.join() !== shape.join()))
    throw otherBase(adapter, 'tensor-invalid', `${name} of shape [${shape.join(', ')}]`, `${key} as the model has it`)
  return key
}

/** peft's scale: alpha by rank, or by its root (rsLoRA); alpha may be another one for some modules. */
function scaleOf(module: string, rank: number, { lora_alpha: alpha, alpha_pattern: patterns, use_rslora: rooted }: AdapterConfig): number {
  const own = Object.entries((patterns ?? {}) as Readonly<Record<string, unknown>>).find(([pattern]) => {
    // peft takes them for regular expressions of Python.
    if (/^[\w.]+$/.test(pattern)) return module === pattern || module.endsWith(`.${pattern}`)
    throw new DinokitError('model-unsupported', `The adapter_config.json has an alpha for ${pattern}.`, {
      given: pattern,
      expected: 'plain names of modules in alpha_pattern',
      hint: 'In Python merge the adapter: model.merge_and_unload().save_pretrained("merged").',
    })
  })?.[1]
  const value = own ?? alpha
  if (typeof value !== 'number')
    throw new DinokitError('model-unsupported', 'The adapter_config.json has no lora_alpha.', { expected: 'a number' })
  return value / (rooted === true ? Math.sqrt(rank) : rank)
}

function withLowRank(weight: StoredTensor, { down, up, scale, firstRow }: LowRank): StoredTensor {
  const width = elementCount(weight.shape.slice(1))
  const rank = down.shape[0]!
  const lastRow = firstRow + up.shape[0]!
  return computedTensor(weight.name, weight.shape, async (start, end) => {
    const [values, left, right] = await Promise.all([weight.readFloat32(start, end), up.readFloat32(), down.readFloat32()])
    for (let row = Math.max(firstRow, Math.floor(start / width)); row < Math.min(lastRow, Math.ceil(end / width)); row++) {
      for (let k = 0; k < rank; k++) {
        const factor = scale * left[(row - firstRow) * rank + k]!
        const [from, to] = [Math.max(row * width, start), Math.min((row + 1) * width, end)]
        for (let i = from; i < to; i++) values[i - start]! += factor * right[k * width + i - row * width]!
      }
    }
    return values
  })
}
