import { DinokitError, type Pixels, type Size } from '@dinokit/core'
import { cmykToRgb } from './cmyk-to-rgb.ts'
import { compileEmbedded } from './lib/compile-embedded.ts'
import { loadOnce } from './lib/loader.ts'

/** TurboJPEG's functions (libjpeg-turbo, turbojpeg.h), compiled. */
interface TurboJpeg extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  malloc(length: number): number
  tjInitDecompress(): number
  tjDecompressHeader3(
    handle: number,
    from: number,
    length: number,
    width: number,
    height: number,
    subsampling: number,
    colors: number,
  ): number
  tjDecompress2(
    handle: number,
    from: number,
    length: number,
    to: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ): number
}

/** TurboJPEG's name for four samples a pixel, and for stopping at what is damaged. */
const CMYK = 11
const STOP_ON_WARNING = 8192

const load = loadOnce('CMYK JPEG', async () => compileEmbedded((await import('./lib/jpeg-wasm.generated.ts')).JPEG_WASM))

/**
 * Decodes a JPEG file of four channels (CMYK or YCCK) by libjpeg-turbo in WebAssembly, and makes RGB of it as Pillow does:
 * browsers round in another way. Samples are inverted, as all such files have them.
 *
 * @param name - what a person knows the file by
 * @param bytes - of the whole file
 * @param size - that its header tells
 * @returns as stored: not turned upright
 * @throws DinokitError `image-unreadable`, `session-failed` where the decoder can't be loaded
 */
export async function decodeCmykJpeg(name: string, bytes: Uint8Array, size: Size): Promise<Pixels> {
  const module = await load()
  try {
    return decode(new WebAssembly.Instance(module, imports()).exports as TurboJpeg, bytes, size)
  } catch (cause) {
    throw new DinokitError('image-unreadable', `${name} is damaged, or not a CMYK JPEG file that libjpeg decodes.`, {
      given: `${bytes.length} bytes; ${String(cause)}`,
      expected: 'a whole image file',
      hint: 'Save or fetch it again.',
      cause,
    })
  }
}

function decode(turbo: TurboJpeg, bytes: Uint8Array, { width, height }: Size): Pixels {
  const from = turbo.malloc(bytes.length)
  const told = turbo.malloc(16)
  const length = width * height * 4
  const to = turbo.malloc(length)
  const handle = turbo.tjInitDecompress()
  if (!from || !told || !to || !handle) throw new Error('no memory')
  new Uint8Array(turbo.memory.buffer).set(bytes, from)
  if (turbo.tjDecompressHeader3(handle, from, bytes.length, told, told + 4, told + 8, told + 12) !== 0) throw new Error('its header')
  const [storedWidth, storedHeight] = new Uint32Array(turbo.memory.buffer, told, 2)
  if (storedWidth !== width || storedHeight !== height) throw new Error(`${storedWidth!}x${storedHeight!} in its header`)
  if (turbo.tjDecompress2(handle, from, bytes.length, to, width, width * 4, height, CMYK, STOP_ON_WARNING) !== 0)
    throw new Error('its samples')
  const inks = new Uint8Array(turbo.memory.buffer, to, length).map((light) => 255 - light)
  return { data: cmykToRgb(inks, 4), width, height }
}

/** Functions that the module asks of its host: nothing that a decoder needs, but a way out of an error. */
function imports(): WebAssembly.Imports {
  const none = (): number => 0
  const stop = (): never => {
    throw new Error('libjpeg gave up')
  }
  return {
    env: { setjmp: none, longjmp: stop },
    wasi_snapshot_preview1: {
      environ_sizes_get: none,
      environ_get: none,
      proc_exit: stop,
      fd_close: none,
      fd_seek: none,
      fd_write: none,
    },
  }
}
