import type { ByteSource } from '@dinokit/core'
import { collectTensors, findTensors, type StoragePlace } from './lib/collect-tensors.ts'
import { STORED_BYTES, type TensorFile } from './tensor-file.ts'
import { invalid, unsafe } from './lib/refuse.ts'
import type { Pickled } from './lib/pickled.ts'
import { LARGEST_PICKLE, unpickle } from './lib/unpickle.ts'

/** Beginning of torch.save's files of before 1.6: a pickle of the number 0x1950a86a20f9469cfc6c. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/**
 * Whether a file is one of torch.save's of before PyTorch 1.6.
 *
 * @param head - its first 16 bytes, or more
 */
export function isLegacyPth(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte)
}

/**
 * Opens a PyTorch checkpoint of before 1.6, or of `_use_new_zipfile_serialization=False` (torch/serialization.py): five
 * pickles, then the storages one after the other, each behind its number of elements. As safe as `readPth`.
 *
 * @param source - of the file; closed with the result
 * @throws DinokitError as `readPth`
 */
export async function readLegacyPth(source: ByteSource): Promise<TensorFile> {
  const { name } = source
  const head = await source.read(0, Math.min(source.size, LARGEST_PICKLE))
  let { end } = unpickle(head, name)
  const next = (): Pickled => {
    const read = unpickle(head, name, end)
    end = read.end
    return read.value
  }
  const [protocol, system, state, keys] = [next(), next(), next(), next()]
  if (protocol !== 1001) throw invalid(name, `is of torch.save’s protocol ${typeof protocol === 'number' ? protocol : 'unknown'}`, '1001')
  if (system instanceof Map && system.get('little_endian') === false)
    throw invalid(name, 'has big-endian numbers', 'little-endian ones', 'Save it again on a little-endian machine.')
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) throw invalid(name, 'has no list of its storages')
  const places = await placesOf(source, keys, storageBytes(state), end)
  return { name, format: 'pth', metadata: {}, ...collectTensors(source, state, (key) => places.get(key)), close: () => source.close() }
}

/** Bytes of an element of each storage that tensors lie in: the file itself says them nowhere else. */
function storageBytes(state: Pickled): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const [, found] of findTensors(state)) {
    if (found.kind === 'tensor') bytes.set(found.storage.key, STORED_BYTES[found.storage.dtype])
  }
  return bytes
}

async function placesOf(
  source: ByteSource,
  keys: readonly string[],
  bytes: ReadonlyMap<string, number>,
  start: number,
): Promise<Map<string, StoragePlace>> {
  const places = new Map<string, StoragePlace>()
  let at = start
  for (const key of keys) {
    const width = bytes.get(key)
    // What tensors of this kind are made of is not known, and so not where the next storage begins.
    if (width === undefined) throw invalid(source.name, `has a storage ${key} whose elements are not known`, undefined, AGAIN)
    if (at + 8 > source.size) throw invalid(source.name, `ends before storage ${key}`)
    const count = new DataView((await source.read(at, 8)).slice().buffer).getBigInt64(0, true)
    const size = Number(count) * width
    if (size < 0 || at + 8 + size > source.size)
      throw unsafe(source.name, `says that storage ${key} has ${size} bytes`, `at most ${source.size - at - 8}`)
    places.set(key, { offset: at + 8, size })
    at += 8 + size
  }
  return places
}

const AGAIN = 'In PyTorch 1.6 or later, load and save it again.'
