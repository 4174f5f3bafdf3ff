import type { Size } from '@dinokit/core'
import type { compileEmbedded } from './compile-embedded.ts'

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

/**
 * Loads libjpeg-turbo: a file of its own, which few images need.
 *
 * @param compile - `compileEmbedded`: an import of it here would split the file that a page loads first
 * @returns what gives the inks of a whole file of a size, [pixels][4], in a memory of its own; it throws what is wrong with the file
 */
export async function cmykDecoder(compile: typeof compileEmbedded): Promise<(bytes: Uint8Array, size: Size) => Uint8Array> {
  const module = await compile((await import('./jpeg-wasm.generated.ts')).JPEG_WASM)
  return (bytes, size) => decode(new WebAssembly.Instance(module, imports()).exports as TurboJpeg, bytes, size)
}

function decode(turbo: TurboJpeg, bytes: Uint8Array, { width, height }: Size): Uint8Array {
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
  return new Uint8Array(turbo.memory.buffer, to, length).map((light) => 255 - light)
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
