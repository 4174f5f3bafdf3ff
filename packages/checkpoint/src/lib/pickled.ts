import type { StoredDType } from '../tensor-file.ts'
import { unsafe } from './refuse.ts'

/** A tensor as a pickle describes it: a window of a storage. Strides count elements. */
export interface PickledTensor {
  readonly kind: 'tensor'
  readonly storage: PickledStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** A storage as a pickle describes it: an entry of the zip file. */
export interface PickledStorage {
  readonly kind: 'storage'
  readonly key: string
  readonly dtype: StoredDType
  /** Number of elements. */
  readonly size: number
}

/** Something that is no tensor that can be read here: it is passed over, and never made or run. */
export interface PickledOpaque {
  readonly kind: 'opaque'
  /** Name for people. */
  readonly what: string
}

/** A name that a pickle asks Python for. */
export interface PickledGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** Value that a pickle may hold. */
export type Pickled =
  | PickledTensor
  | PickledStorage
  | PickledOpaque
  | PickledGlobal
  | Pickled[]
  | Map<Pickled, Pickled>
  | string
  | number
  | boolean
  | null
  | Uint8Array

/** Names that only name an element type. */
const STORAGES: Readonly<Record<string, StoredDType>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
}

/**
 * Names that no honest checkpoint asks for. Nothing is ever run here, whatever it is called: a file that names one of these
 * was made to harm those who do run it.
 */
const HOSTILE =
  /^(?:(?:os|nt|posix|sys|subprocess|shutil|socket|pty|ctypes|runpy|importlib|imp|pickle|_pickle|marshal|code|codeop|webbrowser|commands|pip|timeit|pdb|bdb)\.|types\.(?:FunctionType|CodeType)$|(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|open|file|input|breakpoint|globals|locals|vars|delattr|setattr|apply|__import__)$)/

/**
 * A name that a pickle asks for.
 *
 * @param name - with its module
 * @param file - for messages
 * @throws DinokitError `checkpoint-unsafe` where no honest file asks for it
 */
export function pickledGlobal(name: string, file: string): PickledGlobal {
  if (HOSTILE.test(name)) throw unsafe(file, `wants Python’s ${name}`, 'tensors in dictionaries: re-save the model’s state_dict() alone')
  return { kind: 'global', name }
}

/** Callable of Python, understood where it makes a dictionary or a tensor of a kind that is read here; else opaque. */
export function call(callee: Pickled, values: Pickled, file: string): Pickled {
  if (!Array.isArray(values) || (!isKind(callee, 'global') && !isKind(callee, 'opaque')))
    throw unsafe(file, 'calls something that is no function')
  const name = callee.kind === 'global' ? callee.name : callee.what
  switch (name) {
    case 'collections.OrderedDict':
    case 'collections.defaultdict':
      return dictionaryOf(values.at(-1)) ?? opaque(name)
    case 'torch._utils._rebuild_parameter':
    case 'torch._utils._rebuild_parameter_with_state':
      return values[0] ?? opaque(name)
    case 'torch._tensor._rebuild_from_type_v2':
      return isKind(values[0], 'global') ? call(values[0], values[2] ?? [], file) : opaque(name)
    case 'torch._utils._rebuild_tensor_v2':
      return tensorOf(values, file)
    case 'torch._utils._rebuild_tensor_v3':
      return opaque(`a tensor of ${nameOf(values[6])}`)
    case 'torch._utils._rebuild_qtensor':
      return opaque('a quantized tensor')
    case 'torch._utils._rebuild_sparse_tensor':
      return opaque('a sparse tensor')
    default:
      return opaque(isKind(callee, 'opaque') ? name : `a Python object, ${name}`)
  }
}

/** A value that is passed over. */
export function opaque(what: string): PickledOpaque {
  return { kind: 'opaque', what }
}

/** Empty but for the pairs that Python 2 gave it at once. */
function dictionaryOf(pairs: Pickled | undefined): Map<Pickled, Pickled> | undefined {
  if (!Array.isArray(pairs)) return new Map()
  return pairs.every((pair) => Array.isArray(pair) && pair.length === 2) ? new Map(pairs as [Pickled, Pickled][]) : undefined
}

function tensorOf([storage, offset, shape, strides]: readonly Pickled[], file: string): Pickled {
  if (isKind(storage, 'opaque')) return storage
  if (isKind(storage, 'storage') && isCount(offset) && isCounts(shape) && isCounts(strides) && shape.length === strides.length)
    return { kind: 'tensor', storage, offset, shape, strides }
  throw unsafe(file, 'calls torch._utils._rebuild_tensor_v2 with values that it does not take')
}

/** Meaning of a persistent identifier: a storage, or something beside. */
export function storageOf(id: Pickled, file: string): PickledStorage | PickledOpaque {
  if (Array.isArray(id)) {
    const [tag, type, key, , size] = id
    const name = isKind(type, 'global') ? type.name : undefined
    const dtype = name !== undefined && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined
    if (tag === 'storage' && typeof key === 'string' && isCount(size) && name !== undefined)
      return dtype ? { kind: 'storage', key, dtype, size } : opaque(`a tensor of ${name.replace(/^torch\.|Storage$/g, '')}`)
    // Whole modules of old files: ('module', class, file, source).
    if (tag === 'module' && name !== undefined) return opaque(`a Python object, ${name}`)
  }
  throw unsafe(file, 'refers to something that is no storage')
}

function nameOf(value: Pickled | undefined): string {
  return isKind(value, 'global') ? value.name.replace(/^torch\./, '') : 'another element type'
}

/** Whether a value is of a kind: a name, a storage, a tensor, or opaque. */
export function isKind<K extends 'global' | 'storage' | 'tensor' | 'opaque'>(
  value: Pickled | undefined,
  kind: K,
): value is Extract<Pickled, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCounts(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount)
}
