import { call, isKind, opaque, pickledGlobal, storageOf, type Pickled } from './pickled.ts'
import { invalid, unsafe } from './refuse.ts'

/** Longest pickle that is read, in bytes. */
export const LARGEST_PICKLE = 64_000_000

const MARK = Symbol('mark')
/** Values on the stack or in the memo at once: an honest checkpoint has a few thousand. */
const MOST_VALUES = 1_000_000

/**
 * Reads a pickle of tensors (Python's pickletools describes the machine). It is read as data and nothing is ever run: what
 * makes dictionaries and tensors is understood, and all else is an opaque value.
 *
 * @param bytes - the pickle
 * @param file - for messages
 * @param start - where it begins in `bytes`
 * @returns its value, and where it ends in `bytes`
 * @throws DinokitError `checkpoint-unsafe` for an instruction or a name that no honest file has, `checkpoint-invalid` where
 *   it is damaged
 */
export function unpickle(bytes: Uint8Array, file: string, start = 0): { readonly value: Pickled; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const stack: (Pickled | typeof MARK)[] = []
  const memo = new Map<number, Pickled>()
  let at = start

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
  const u64 = (): number => {
    const value = view.getBigUint64(take(8), true)
    return value > BigInt(bytes.length) ? damaged('it ends too early') : Number(value)
  }
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
    if (isKind(target, 'opaque')) return
    if (!(target instanceof Map) || pairs.length % 2 !== 0) return void damaged('it sets items of no dictionary')
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i]!, pairs[i + 1]!)
  }
  const append = (items: readonly Pickled[]): void => {
    const target = top()
    if (isKind(target, 'opaque')) return
    if (!Array.isArray(target)) return void damaged('it appends to no list')
    for (const item of items) target.push(item)
  }
  const global = (name: string): void => push(pickledGlobal(name, file))

  for (;;) {
    const opcode = String.fromCharCode(u8())
    switch (opcode) {
      case '.': {
        if (stack.length !== 1) damaged('it ends with values left over')
        return { value: pop(), end: at }
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
        push(readLong(bytes.subarray(take(u8()), at)))
        break
      case '\x8b':
        push(readLong(bytes.subarray(take(i32()), at)))
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
      case 'B':
        push(bytes.slice(take(u32()), at))
        break
      case '\x8e':
      case '\x96':
        take(u64())
        push(opaque('bytes'))
        break
      case '\x8d':
        push(utf8(u64()))
        break
      case '\x8f':
        push(opaque('a set'))
        break
      case '\x90':
        append(popMark())
        break
      case '\x91':
        popMark()
        push(opaque('a set'))
        break
      case '2':
        push(top())
        break
      case '1':
        popMark()
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
      // An object of a class, which is not made: with arguments by place, and by name too.
      case '\x81': {
        const values = pop()
        push(call(pop(), values, file))
        break
      }
      case '\x92': {
        pop()
        const values = pop()
        push(call(pop(), values, file))
        break
      }
      case 'Q':
        push(storageOf(pop(), file))
        break
      case 'b': {
        // The state of an OrderedDict (state_dict's _metadata) or of an object says nothing of tensors.
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

/** Beyond 64 bits nothing that is looked at here is counted. */
function readLong(bytes: Uint8Array): Pickled {
  if (bytes.length > 8) return opaque('a whole number of more than 64 bits')
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  return Number(BigInt.asIntN(bytes.length * 8, value))
}
