import type { ByteSource } from '@dinokit/core'
import { collectTensors, type StoragePlace } from './lib/collect-tensors.ts'
import { foreignKind, invalid, unsafe } from './lib/refuse.ts'
import { LARGEST_PICKLE, unpickle } from './lib/unpickle.ts'
import { readZipDirectory, type ZipEntry } from './lib/zip-directory.ts'
import type { TensorFile } from './tensor-file.ts'

/**
 * Opens a PyTorch checkpoint (torch.save's zip format, torch/serialization.py). Its pickle is read as data: no code in
 * it is ever run, and only what dictionaries of tensors need is understood. No tensor is read yet. Tensors in nested
 * dictionaries are named by their path, such as `model.cls_token`; what is no tensor is passed over.
 *
 * @param source - of the file; closed with the result
 * @throws DinokitError `checkpoint-invalid` where it is damaged or no such file, `checkpoint-unsafe` where it asks for
 *   what no checkpoint needs, `model-unsupported` where it is a program of TorchScript or torch.export, `file-unreadable`
 */
export async function readPth(source: ByteSource): Promise<TensorFile> {
  const { name } = source
  const foreign = foreignKind(await source.read(0, Math.min(source.size, 64)))
  if (foreign) throw invalid(name, foreign, 'a .pth file that torch.save wrote', 'In PyTorch 1.6 or later, load and save it again.')
  const entries = new Map((await readZipDirectory(source)).map((entry) => [entry.name, entry]))
  refusePrograms(name, entries)
  const compressed = [...entries.values()].find((entry) => entry.compressed)
  if (compressed) throw unsafe(name, `has a compressed entry ${compressed.name}`, 'stored entries, as torch.save writes them')
  const pickle = [...entries.values()].find((entry) => entry.name === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(entry.name))
  if (!pickle) throw invalid(name, 'is a zip file without data.pkl', 'a .pth file that torch.save wrote')
  if (pickle.size > LARGEST_PICKLE) throw unsafe(name, `has a pickle of ${pickle.size} bytes`, `at most ${LARGEST_PICKLE}`)
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  await assertLittleEndian(source, entries.get(`${folder}byteorder`))
  const { value } = unpickle(await source.read(pickle.offset, pickle.size), name)
  const places = (key: string): StoragePlace | undefined => entries.get(`${folder}data/${key}`)
  return { name, format: 'pth', metadata: {}, ...collectTensors(source, value, places), close: () => source.close() }
}

/** Programs in zip files, which hold weights too, but by names that only PyTorch can tell. */
function refusePrograms(name: string, entries: ReadonlyMap<string, ZipEntry>): void {
  const has = (pattern: RegExp): boolean => [...entries.keys()].some((entry) => pattern.test(entry))
  const [what, load] = has(/^(?:[^/]+\/)?constants\.pkl$/)
    ? ['a TorchScript program', 'torch.jit.load']
    : has(/^(?:[^/]+\/)?(?:archive_format|serialized_exported_program\.json|models\/[^/]+\.json)$/)
      ? ['a program of torch.export (.pt2)', 'torch.export.load']
      : []
  if (what === undefined) return
  const state = load === 'torch.jit.load' ? 'state_dict()' : 'state_dict'
  throw invalid(name, `is ${what}`, 'a .pth file of tensors', `In PyTorch: torch.save(${load}(FILE).${state}, "weights.pth").`)
}

async function assertLittleEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return
  const order = new TextDecoder().decode(await source.read(entry.offset, Math.min(entry.size, 16)))
  if (order !== 'little')
    throw invalid(source.name, `has ${order}-endian numbers`, 'little-endian ones', 'Save it again on a little-endian machine.')
}
