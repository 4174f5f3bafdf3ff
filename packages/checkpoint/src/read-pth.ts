import { assertRange, type ByteSource } from '@dinokit/core'
import { foreignKind, invalid, unsafe } from './lib/refuse.ts'
import { contiguousTensor, elementCount, toFloat32 } from './lib/stored-tensor.ts'
import { unpickle, type Pickled, type PickledTensor } from './lib/unpickle.ts'
import { readZipDirectory, type ZipEntry } from './lib/zip-directory.ts'
import { STORED_BYTES, type StoredTensor, type TensorFile } from './tensor-file.ts'

const LARGEST_PICKLE = 64_000_000
const MOST_TENSORS = 100_000
/** Dictionaries in dictionaries that tensors are looked for in, such as `{ model: { ... } }`. */
const DEEPEST = 8

/**
 * Opens a PyTorch checkpoint (torch.save's zip format, torch/serialization.py). Its pickle is read as data: no code in
 * it is ever run, and only what dictionaries of tensors need is understood. No tensor is read yet. Tensors in nested
 * dictionaries are named by their path, such as `model.cls_token`.
 *
 * @param source - of the file; closed with the result
 * @throws DinokitError `checkpoint-invalid` where it is damaged or no such file, `checkpoint-unsafe` where it asks for
 *   what no checkpoint needs, `file-unreadable`
 */
export async function readPth(source: ByteSource): Promise<TensorFile> {
  const { name } = source
  const foreign = foreignKind(await source.read(0, Math.min(source.size, 64)))
  if (foreign) throw invalid(name, foreign, 'a .pth file that torch.save wrote', 'In PyTorch 1.6 or later, load and save it again.')
  const entries = new Map((await readZipDirectory(source)).map((entry) => [entry.name, entry]))
  const pickle = [...entries.values()].find((entry) => entry.name === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(entry.name))
  if (!pickle) throw invalid(name, 'is a zip file without data.pkl', 'a .pth file that torch.save wrote')
  if (pickle.size > LARGEST_PICKLE) throw unsafe(name, `has a pickle of ${pickle.size} bytes`, `at most ${LARGEST_PICKLE}`)
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  await assertLittleEndian(source, entries.get(`${folder}byteorder`))
  const tensors = new Map<string, StoredTensor>()
  for (const [tensorName, pickled] of findTensors(unpickle(await source.read(pickle.offset, pickle.size), name), '', 0, new Set())) {
    if (tensors.size >= MOST_TENSORS) throw unsafe(name, `has more than ${MOST_TENSORS} tensors`)
    tensors.set(tensorName, storedTensor(source, entries, folder, tensorName, pickled))
  }
  if (tensors.size === 0) throw invalid(name, 'holds no tensors', 'a state_dict')
  return { name, format: 'pth', metadata: {}, tensors, close: () => source.close() }
}

async function assertLittleEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return
  const order = new TextDecoder().decode(await source.read(entry.offset, Math.min(entry.size, 16)))
  if (order !== 'little')
    throw invalid(source.name, `has ${order}-endian numbers`, 'little-endian ones', 'Save it again on a little-endian machine.')
}

/** The tensors of nested dictionaries; `seen` keeps one that holds itself from going on for ever. */
function* findTensors(value: Pickled, path: string, depth: number, seen: Set<unknown>): Generator<[string, PickledTensor]> {
  if (value instanceof Map) {
    if (depth >= DEEPEST || seen.has(value)) return
    seen.add(value)
    for (const [key, item] of value)
      if (typeof key === 'string') yield* findTensors(item, path === '' ? key : `${path}.${key}`, depth + 1, seen)
  } else if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor') {
    yield [path, value]
  }
}

function storedTensor(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
  name: string,
  pickled: PickledTensor,
): StoredTensor {
  const { storage, offset, shape, strides } = pickled
  const entry = entries.get(`${folder}data/${storage.key}`)
  if (!entry) throw invalid(source.name, `has no storage ${storage.key} for tensor ${name}`)
  const bytes = STORED_BYTES[storage.dtype]
  const count = elementCount(shape)
  const last = count === 0 ? offset : shape.reduce((end, length, axis) => end + (length - 1) * strides[axis]!, offset) + 1
  if (storage.size * bytes > entry.size || last > storage.size || !Number.isSafeInteger(last) || count > storage.size) {
    throw unsafe(
      source.name,
      `says that tensor ${name} of shape [${shape.join(', ')}] reaches element ${last}`,
      `at most ${Math.floor(entry.size / bytes)}`,
    )
  }
  const start = entry.offset + offset * bytes
  if (isContiguous(shape, strides)) return contiguousTensor(source, name, storage.dtype, shape, start)
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
