import { assertRange, type ByteSource } from '@dinokit/core'
import { STORED_BYTES, type StoredTensor, type TensorFile } from '../tensor-file.ts'
import { isKind, type Pickled, type PickledOpaque, type PickledTensor } from './pickled.ts'
import { invalid, unsafe } from './refuse.ts'
import { elementCount } from '../computed-tensor.ts'
import { contiguousTensor, toFloat32 } from './stored-tensor.ts'

const MOST_TENSORS = 100_000
/** Dictionaries in dictionaries that tensors are looked for in, such as `{ model: { ... } }`. */
const DEEPEST = 8
/** Lists what is passed over, for messages alone: so many of it, and no more. */
const MOST_SKIPPED = 10_000

/** Where a storage lies in its file. */
export interface StoragePlace {
  readonly offset: number
  readonly size: number
}

/**
 * The tensors of what a pickle holds, and what is in their places but can't be read.
 *
 * @param source - of the file
 * @param value - what the pickle holds
 * @param places - where the storage of a key lies; undefined where the file has none
 * @throws DinokitError `checkpoint-invalid` where there is no tensor, `checkpoint-unsafe` where one lies outside its storage
 */
export function collectTensors(
  source: ByteSource,
  value: Pickled,
  places: (key: string) => StoragePlace | undefined,
): Required<Pick<TensorFile, 'tensors' | 'skipped'>> {
  const { name } = source
  const tensors = new Map<string, StoredTensor>()
  const skipped = new Map<string, string>()
  for (const [path, found] of findTensors(value)) {
    if (found.kind === 'opaque') {
      if (skipped.size < MOST_SKIPPED) skipped.set(path, found.what)
      continue
    }
    if (tensors.size >= MOST_TENSORS) throw unsafe(name, `has more than ${MOST_TENSORS} tensors`)
    tensors.set(path, storedTensor(source, places(found.storage.key), path, found))
  }
  if (tensors.size === 0) throw noTensors(name, value)
  return { tensors, skipped }
}

/** Tensors and opaque values in nested dictionaries; `seen` keeps one that holds itself from going on for ever. */
export function* findTensors(
  value: Pickled,
  path = '',
  depth = 0,
  seen = new Set<unknown>(),
): Generator<[string, PickledTensor | PickledOpaque]> {
  if (value instanceof Map) {
    if (depth >= DEEPEST || seen.has(value)) return
    seen.add(value)
    for (const [key, item] of value)
      if (typeof key === 'string') yield* findTensors(item, path === '' ? key : `${path}.${key}`, depth + 1, seen)
  } else if (isKind(value, 'tensor') || isKind(value, 'opaque')) {
    yield [path, value]
  }
}

function noTensors(name: string, value: Pickled): Error {
  if (!isKind(value, 'opaque')) return invalid(name, 'holds no tensors', 'a state_dict')
  return invalid(
    name,
    `holds ${value.what}, and not its tensors`,
    'a state_dict',
    'If you trust the file, in Python: torch.save(torch.load(FILE, weights_only=False).state_dict(), "weights.pth").',
  )
}

function storedTensor(source: ByteSource, place: StoragePlace | undefined, name: string, pickled: PickledTensor): StoredTensor {
  const { storage, offset, shape, strides } = pickled
  if (!place) throw invalid(source.name, `has no storage ${storage.key} for tensor ${name}`)
  const bytes = STORED_BYTES[storage.dtype]
  const count = elementCount(shape)
  const last = count === 0 ? offset : shape.reduce((end, length, axis) => end + (length - 1) * strides[axis]!, offset) + 1
  // One that repeats its elements (expand, stride 0) may have more of them than its storage, but not more than the file has bytes.
  const most = strides.includes(0) ? source.size : storage.size
  if (storage.size * bytes > place.size || last > storage.size || !Number.isSafeInteger(last) || count > most) {
    throw unsafe(
      source.name,
      `says that tensor ${name} of shape [${shape.join(', ')}] reaches element ${count > most ? count : last}`,
      `at most ${Math.floor(place.size / bytes)}`,
    )
  }
  const start = place.offset + offset * bytes
  if (isContiguous(shape, strides)) return contiguousTensor(source, { name, dtype: storage.dtype, shape, offset: start })
  const readAll = async (): Promise<Uint8Array> => gather(await source.read(start, (last - offset) * bytes), shape, strides, bytes)
  return {
    name,
    dtype: storage.dtype,
    shape,
    byteLength: count * bytes,
    readBytes: async (start = 0, length = count * bytes - start) => {
      assertRange(`${source.name}: tensor ${name}`, count * bytes, start, length)
      return (await readAll()).subarray(start, start + length)
    },
    readFloat32: async (start = 0, end = count) =>
      toFloat32(`${source.name}: tensor ${name}`, storage.dtype, (await readAll()).subarray(start * bytes, end * bytes)),
  }
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

/** Brings a tensor with strides, such as a transposed one, into row-major order. */
function gather(storage: Uint8Array, shape: readonly number[], strides: readonly number[], bytes: number): Uint8Array {
  const result = new Uint8Array(elementCount(shape) * bytes)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < result.length; to += bytes) {
    for (let byte = 0; byte < bytes; byte++) result[to + byte] = storage[from * bytes + byte]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}
