import {
  assertNotNewer,
  bytesSource,
  DinokitError,
  parseFingerprint,
  tensor,
  type Facets,
  type LayerTokens,
  type Pixels,
  type Placement,
  type Tensor,
  type Tokens,
} from '@dinokit/core'
import { readSafetensors } from '../read-safetensors.ts'
import type { StoredTensor, TensorFile } from '../tensor-file.ts'
import { TOKEN_FILE_KEY, TOKEN_FILE_VERSION } from './token-file.ts'

const SIZES = ['source', 'resized', 'input'] as const satisfies (keyof Placement)[]

/**
 * Reads the tokens of an image that `tokenFile` or `dinokit embed` wrote, of this version or an earlier one: what heads take
 * in place of the image.
 *
 * @param bytes - of the whole file
 * @param name - of the file, for messages
 * @returns the tokens, whose `timing` is 0: a file does not keep it
 * @throws DinokitError `checkpoint-invalid` where it is no token file, `contract-mismatch` where a newer dinokit wrote it,
 *   `tensor-missing`, `tensor-invalid`, `checkpoint-unsafe`
 */
export async function readTokenFile(bytes: Uint8Array, name = 'the token file'): Promise<Tokens> {
  const file = await readSafetensors(bytesSource(name, bytes))
  const { [TOKEN_FILE_KEY]: about = '{"version":1}', fingerprint, placement } = file.metadata
  const { version } = parse(name, 'version', about, (value) => Number.isSafeInteger(value.version)) as { readonly version: number }
  assertNotNewer(name, version, TOKEN_FILE_VERSION)
  const own = {
    fingerprint: parseFingerprint(name, parse(name, 'fingerprint', fingerprint)),
    placement: parse(name, 'placement', placement, isPlacement) as unknown as Placement,
  }
  const final = await readLayer(file, '')
  const dim = final.cls.shape[0]!
  const layersOf = async (prefix: string): Promise<Record<number, LayerTokens>> =>
    readEach(numbersOf(file, new RegExp(`^${prefix}(\\d+)\\.`)), (layer) => readLayer(file, `${prefix}${layer}.`, dim))
  const pixels = file.tensors.get('pixels')
  const embedding = file.tensors.has('embedding') ? await read(file, 'embedding', [-1]) : final.cls
  return {
    ...final,
    embedding,
    layers: await layersOf('layer'),
    rawLayers: await layersOf('raw'),
    attention: await readEach(numbersOf(file, /^attention(\d+)$/), (layer) => read(file, `attention${layer}`, [-1, -1, -1])),
    facets: await readEach(numbersOf(file, /^(?:query|key|value)(\d+)$/), (layer) => readFacets(file, layer, dim)),
    ...own,
    timing: { decode: 0, preprocess: 0, run: 0 },
    ...(pixels && { pixels: await readPixels(name, pixels) }),
  }
}

/** Layers that tensors are named after, ascending. */
function numbersOf({ tensors }: TensorFile, pattern: RegExp): number[] {
  const numbers = [...tensors.keys()].flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number)
  return [...new Set(numbers)].sort((a, b) => a - b)
}

async function readEach<T>(layers: readonly number[], readOne: (layer: number) => Promise<T>): Promise<Record<number, T>> {
  const entries: (readonly [number, T])[] = []
  for (const layer of layers) entries.push([layer, await readOne(layer)])
  return Object.fromEntries(entries)
}

async function readLayer(file: TensorFile, prefix: string, dim = -1): Promise<LayerTokens> {
  const cls = await read(file, `${prefix}cls`, [dim])
  const width = cls.shape[0]!
  return {
    cls,
    registers: await read(file, `${prefix}registers`, [-1, width]),
    patches: await read(file, `${prefix}patches`, [-1, -1, width]),
  }
}

async function readFacets(file: TensorFile, layer: number, dim: number): Promise<Facets> {
  const [query, key, value] = [`query${layer}`, `key${layer}`, `value${layer}`]
  return { query: await read(file, query, [-1, dim]), key: await read(file, key, [-1, dim]), value: await read(file, value, [-1, dim]) }
}

/** A tensor of a shape, in which -1 is any length. */
async function read({ name, tensors }: TensorFile, of: string, shape: readonly number[]): Promise<Tensor> {
  const stored = tensors.get(of)
  if (!stored) {
    throw new DinokitError('tensor-missing', `${name} has no tensor ${of}.`, {
      given: [...tensors.keys()].join(', ') || 'no tensors',
      expected: of,
      hint: 'It is no token file, or it was written by another program.',
    })
  }
  assertShape(name, stored, shape)
  return tensor('float32', await stored.readFloat32(), stored.shape)
}

async function readPixels(name: string, stored: StoredTensor): Promise<Pixels> {
  assertShape(name, stored, [-1, -1, -1])
  if (stored.dtype !== 'U8') throw wrongTensor(name, stored, `${stored.dtype} elements`, 'U8')
  const [height, width, channels] = stored.shape as readonly [number, number, number]
  return { width, height, ...(channels !== 3 && { channels }), data: (await stored.readBytes()).slice() }
}

function assertShape(name: string, stored: StoredTensor, shape: readonly number[]): void {
  const fits = stored.shape.length === shape.length && shape.every((length, axis) => length === -1 || length === stored.shape[axis])
  if (!fits) throw wrongTensor(name, stored, `shape [${stored.shape.join(', ')}]`, `[${shape.join(', ').replaceAll('-1', 'any')}]`)
}

function wrongTensor(name: string, stored: StoredTensor, given: string, expected: string): DinokitError {
  return new DinokitError('tensor-invalid', `${name}: tensor ${stored.name} has ${given}.`, { given, expected })
}

function parse(
  name: string,
  what: string,
  text: string | undefined,
  holds: (value: Readonly<Record<string, unknown>>) => boolean = () => true,
): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (typeof value === 'object' && value !== null && holds(value as Readonly<Record<string, unknown>>)) return value as never
  } catch {
    // Said below: what is no JSON is no token file either.
  }
  throw new DinokitError('checkpoint-invalid', `${name} is no token file: its ${what} is not one.`, {
    given: text === undefined ? `no ${what}` : text.slice(0, 80),
    expected: 'a file that `dinokit embed` wrote',
  })
}

function isPlacement(value: Readonly<Record<string, unknown>>): boolean {
  const isSize = (of: unknown): boolean => {
    const { width, height } = (of ?? {}) as { readonly width?: unknown; readonly height?: unknown }
    return Number(width) > 0 && Number(height) > 0
  }
  return SIZES.every((part) => isSize(value[part])) && Number.isFinite(value.left) && Number.isFinite(value.top)
}
