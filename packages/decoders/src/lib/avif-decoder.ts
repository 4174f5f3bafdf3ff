import { assertPixelCount, crop, DinokitError, toRgb, type Pixels } from '@dinokit/core'
import { avifHeader } from './avif-header.ts'
import { compileEmbedded } from './compile-embedded.ts'
import { textAt } from './bytes.ts'
import { loadOnce } from './loader.ts'
import { turn } from '../turn.ts'

/** libavif and libaom, compiled; `null` for what they refuse. */
interface Decoder {
  readonly HEAPU8: Uint8Array
  decode(bytes: Uint8Array, bits: 8): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null
}
type Factory = (options: object) => Promise<Decoder>

/** A decoder with more memory than this is not kept. */
const LARGEST_KEPT = 1 << 28

const load = loadOnce('AVIF', async () => {
  const glue: unknown = await import('@jsquash/avif/codec/dec/avif_dec.js')
  const { default: factory } = glue as { readonly default: Factory }
  const { AVIF_WASM } = await import('./avif-wasm.generated.ts')
  const module = await compileEmbedded(AVIF_WASM)
  return async (): Promise<Decoder> => {
    // The glue leaves its own such class where there is none.
    return withImageData(() =>
      factory({
        noInitialRun: true,
        print: () => {},
        printErr: () => {},
        instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
          const instance = new WebAssembly.Instance(module, imports)
          done(instance)
          return instance.exports
        },
      }),
    )
  }
})

let kept: Decoder | undefined

/** Body of `decodeAvif`, which says what it does. */
export async function runAvifDecoder(name: string, bytes: Uint8Array, pixelLimit: number | undefined): Promise<Pixels> {
  const header = avifHeader(name, bytes)
  if (!header) throw unreadable(name, bytes, 'no size in its header')
  assertPixelCount(name, header.size, pixelLimit)
  const create = await load()
  const decoder = (kept ??= await create())
  kept = undefined
  let stored: Pixels
  try {
    const decoded = withImageData(() => decoder.decode(asImage(bytes), 8))
    if (!decoded) throw new Error('libavif refuses it')
    stored = { data: toRgb(decoded.data, 4), width: decoded.width, height: decoded.height }
  } catch (cause) {
    // What failed may have left its memory in any state.
    throw unreadable(name, bytes, cause)
  }
  if (decoder.HEAPU8.length <= LARGEST_KEPT) kept = decoder
  return header.turns.reduce(turn, header.aperture ? crop(stored, header.aperture) : stored)
}

/**
 * Lends Node the class that the decoder makes its result of, for as long as it works: it would take any program that tests for
 * it for one in a page.
 */
function withImageData<T>(work: () => T): T {
  const scope: { ImageData?: unknown } = globalThis
  if (scope.ImageData !== undefined) return work()
  scope.ImageData = Samples
  try {
    return work()
  } finally {
    delete scope.ImageData
  }
}

class Samples {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }
}

const BRAND_OFFSET = 8

/** The primary image of what may be a sequence. */
function asImage(bytes: Uint8Array): Uint8Array {
  if (textAt(bytes, BRAND_OFFSET) !== 'avis') return bytes
  const image = new Uint8Array(bytes)
  image.set(new TextEncoder().encode('avif'), BRAND_OFFSET)
  return image
}

function unreadable(name: string, bytes: Uint8Array, cause: unknown): DinokitError {
  return new DinokitError('image-unreadable', `${name} is a damaged AVIF file, or of a kind that libavif does not decode.`, {
    given: `${bytes.length} bytes; ${String(cause)}`,
    expected: 'a whole AVIF file',
    hint: 'Save or fetch it again.',
    cause,
  })
}
