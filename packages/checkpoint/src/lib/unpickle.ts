import type { StoredDType } from '../tensor-file.ts'
import { invalid, unsafe } from './refuse.ts'

/** A tensor as a pickle describes it: a window of a storage. Strides count elements. */
export interface PickledTensor {
  readonly kind: 'tensor'
  readonly storage: PickledStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** A storage as a pickle describes it: an entry of the zip file. */
interface PickledStorage {
  readonly kind: 'storage'
  readonly key: string
  readonly dtype: StoredDType
  /** Number of elements. */
  readonly size: number
}

/** What a pickle of tensors may hold. Anything else is refused. */
export type Pickled =
  PickledTensor | PickledStorage | PickledGlobal | Pickled[] | Map<Pickled, Pickled> | string | number | boolean | null | Uint8Array

interface PickledGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** The names that torch.save's files call. None of them is run: each is understood here. */
const CALLABLES: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
])

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

const MARK = Symbol('mark')
/** Values on the stack or in the memo at once: an honest checkpoint has a few thousand. */
const MOST_VALUES = 1_000_000

/**
 * Reads a pickle of tensors (Python's pickletools describes the machine). It is read as data: only the instructions
 * and names that torch.save's state dictionaries use are understood, and nothing is ever run.
 *
 * @param bytes - the pickle
 * @param file - for messages
 * @throws DinokitError `checkpoint-unsafe` for any other instruction or name, `checkpoint-invalid` where it is damaged
 */
export function unpickle(bytes: Uint8Array, file: string): Pickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const stack: (Pickled | typeof MARK)[] = []
  const memo = new Map<number, Pickled>()
  let at = 0

  const damaged = (what: string): never => {
    throw invalid(file, `has a damaged pickle: ${what}`)
  }
  const take = (length: number): number => {
    if (length < 0 || at + length > bytes.length) damaged('it ends too early')
    at += length
    return at - length
  }
  const u8 = (): number => view.getUint8(take(1))
  const u16 = (): number => view.getUint16(take(2), true)
  const i32 = (): number => view.getInt32(take(4), true)
  const u32 = (): number => view.getUint32(take(4), true)
  const f64 = (): number => view.getFloat64(take(8), false)
  const decoded = (encoded: Uint8Array): string => {
    try {
      return decoder.decode(encoded)
    } catch {
      return damaged('a text is no UTF-8')
    }
  }
  const utf8 = (length: number): string => decoded(bytes.subarray(take(length), at))
  const line = (): string => {
    const end = bytes.indexOf(10, at)
    if (end < 0 || end - at > 1000) damaged('a name does not end')
    const name = decoded(bytes.subarray(at, end))
    at = end + 1
    return name
  }
  const push = (value: Pickled | typeof MARK): void => {
    if (stack.length >= MOST_VALUES) throw unsafe(file, `has a pickle of more than ${MOST_VALUES} values at once`)
    stack.push(value)
  }
  const pop = (): Pickled => {
    const value = stack.pop()
    return value === undefined || value === MARK ? damaged('it takes what it never put') : value
  }
  const popMark = (): Pickled[] => {
    const mark = stack.lastIndexOf(MARK)
    if (mark < 0) damaged('it has no mark')
    return stack.splice(mark).slice(1) as Pickled[]
  }
  const top = (): Pickled => {
    const value = stack.at(-1)
    return value === undefined || value === MARK ? damaged('it looks at what it never put') : value
  }
  const remember = (index: number): void => {
    if (memo.size >= MOST_VALUES) throw unsafe(file, `has a pickle of more than ${MOST_VALUES} remembered values`)
    memo.set(index, top())
  }
  const recall = (index: number): void => push(memo.has(index) ? memo.get(index)! : damaged('it recalls what it never kept'))
  const setItems = (pairs: readonly Pickled[]): void => {
    const target = top()
    if (!(target instanceof Map) || pairs.length % 2 !== 0) return void damaged('it sets items of no dictionary')
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i]!, pairs[i + 1]!)
  }
  const append = (items: readonly Pickled[]): void => {
    const target = top()
    if (!Array.isArray(target)) return void damaged('it appends to no list')
    for (const item of items) target.push(item)
  }
  const global = (name: string): void => {
    if (!CALLABLES.has(name) && !Object.hasOwn(STORAGES, name)) {
      throw unsafe(file, `wants Python’s ${name}`, 'tensors in dictionaries: re-save the model’s state_dict() alone')
    }
    push({ kind: 'global', name })
  }

  for (;;) {
    const opcode = String.fromCharCode(u8())
    switch (opcode) {
      case '.': {
        if (stack.length !== 1) damaged('it ends with values left over')
        return pop()
      }
      case '\x80': {
        const protocol = u8()
        if (protocol < 2 || protocol > 5) throw invalid(file, `has a pickle of protocol ${protocol}`, 'protocol 2 to 5')
        break
      }
      case '\x95': {
        take(8)
        break
      }
      case '(':
        push(MARK)
        break
      case '0':
        pop()
        break
      case 'N':
        push(null)
        break
      case '\x88':
        push(true)
        break
      case '\x89':
        push(false)
        break
      case 'K':
        push(u8())
        break
      case 'M':
        push(u16())
        break
      case 'J':
        push(i32())
        break
      case '\x8a':
        push(readLong(bytes.subarray(take(u8() & 0xff), at), file))
        break
      case 'G':
        push(f64())
        break
      case 'X':
        push(utf8(u32()))
        break
      case '\x8c':
        push(utf8(u8()))
        break
      case 'U':
        push(utf8(u8()))
        break
      case 'T':
        push(utf8(u32()))
        break
      case 'C':
        push(bytes.slice(take(u8()), at))
        break
      case ')':
        push([])
        break
      case ']':
        push([])
        break
      case '}':
        push(new Map())
        break
      case 't':
      case 'l':
        push(popMark())
        break
      case '\x85':
        push([pop()])
        break
      case '\x86': {
        const second = pop()
        push([pop(), second])
        break
      }
      case '\x87': {
        const third = pop()
        const second = pop()
        push([pop(), second, third])
        break
      }
      case 'a':
        append([pop()])
        break
      case 'e':
        append(popMark())
        break
      case 's': {
        const value = pop()
        setItems([pop(), value])
        break
      }
      case 'u':
        setItems(popMark())
        break
      case 'q':
        remember(u8())
        break
      case 'r':
        remember(u32())
        break
      case '\x94':
        remember(memo.size)
        break
      case 'h':
        recall(u8())
        break
      case 'j':
        recall(u32())
        break
      case 'c':
        global(`${line()}.${line()}`)
        break
      case '\x93': {
        const name = pop()
        global(`${textOf(pop(), file)}.${textOf(name, file)}`)
        break
      }
      case 'R': {
        const values = pop()
        push(call(pop(), values, file))
        break
      }
      case 'Q':
        push(storageOf(pop(), file))
        break
      case 'b': {
        // The state of an OrderedDict (state_dict's _metadata) says nothing of tensors.
        pop()
        break
      }
      default:
        throw unsafe(
          file,
          `has pickle instruction 0x${opcode.charCodeAt(0).toString(16)}`,
          'the instructions that torch.save uses for tensors',
        )
    }
  }
}

function textOf(value: Pickled, file: string): string {
  if (typeof value === 'string') return value
  throw invalid(file, 'has a damaged pickle: a name is not text')
}

function readLong(bytes: Uint8Array, file: string): number {
  if (bytes.length > 8) throw unsafe(file, `has a pickled number of ${bytes.length} bytes`)
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  return Number(BigInt.asIntN(bytes.length * 8, value))
}

function call(callee: Pickled, values: Pickled, file: string): Pickled {
  const name = isKind(callee, 'global') ? callee.name : undefined
  if (name === 'collections.OrderedDict' && Array.isArray(values) && values.length === 0) return new Map()
  if (name === 'torch._utils._rebuild_parameter' && Array.isArray(values) && isKind(values[0], 'tensor')) return values[0]
  if (name === 'torch._utils._rebuild_tensor_v2' && Array.isArray(values)) {
    const [storage, offset, shape, strides] = values
    if (isKind(storage, 'storage') && isCount(offset) && isCounts(shape) && isCounts(strides) && shape.length === strides.length) {
      return { kind: 'tensor', storage, offset, shape, strides }
    }
  }
  throw unsafe(file, `calls ${name ?? 'something that is no function'} with values that it does not take`)
}

function storageOf(id: Pickled, file: string): PickledStorage {
  if (Array.isArray(id)) {
    const [tag, type, key, , size] = id
    const dtype = isKind(type, 'global') ? STORAGES[type.name] : undefined
    if (tag === 'storage' && dtype && typeof key === 'string' && isCount(size)) return { kind: 'storage', key, dtype, size }
  }
  throw unsafe(file, 'refers to something that is no storage')
}

function isKind<K extends 'global' | 'storage' | 'tensor'>(value: Pickled | undefined, kind: K): value is Extract<Pickled, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCounts(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount)
}
