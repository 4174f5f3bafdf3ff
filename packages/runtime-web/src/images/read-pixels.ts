import { crop, DinokitError, toRgb, type Pixels, type Size, type Region } from '@dinokit/core'
import { bgrxToRgb } from './bgrx-to-rgb.ts'

/** The browser is to hand out the file's own values: no color conversion, no premultiplied alpha, upright. */
export const AS_STORED = { colorSpaceConversion: 'none', premultiplyAlpha: 'none', imageOrientation: 'from-image' } as const

/** The same for what is plain, where it is faster. */
export const PLAIN = { imageOrientation: 'from-image' } as const

/** Changes samples, [height][width][4], in place. */
export type Retouch = (samples: Uint8ClampedArray, size: Size) => void

/** Options of reading a bitmap. */
export interface ReadOptions {
  /** Whether the image is upright, opaque and without a color profile. Default false. */
  readonly plain?: boolean
  /** Change to the samples while they have alpha. Default nothing. */
  readonly retouch?: Retouch
}

/**
 * Reads a bitmap's pixels; the bitmap is closed.
 *
 * A video frame hands out what is plain several times faster than a canvas does; it knows nothing of orientation. A canvas holds colors
 * multiplied by alpha and would lose what is transparent, so images with transparency are read by way of a texture,
 * which holds them as they are.
 *
 * @param bitmap - of an image
 * @param region - what is wanted of it; default all
 * @param options - what is known of the image, what is done to it
 * @throws DinokitError `out-of-memory`
 */
export async function readPixels(bitmap: ImageBitmap, region?: Region, { plain = false, retouch }: ReadOptions = {}): Promise<Pixels> {
  const { width, height } = bitmap
  try {
    const wanted = region ?? { left: 0, top: 0, width, height }
    const read = plain ? await readByFrame(bitmap, wanted) : undefined
    if (read) return read
    const samples = await readByCanvasOrTexture(bitmap)
    retouch?.(samples, { width, height })
    const whole = { data: toRgb(samples, 4), width, height }
    return region ? crop(whole, region) : whole
  } catch (cause) {
    throw new DinokitError('out-of-memory', `The browser has no memory for an image of ${width}x${height} pixels.`, {
      given: String(cause),
      hint: 'Close other pages, or make the image smaller.',
      cause,
    })
  } finally {
    bitmap.close()
  }
}

/** A window of a bitmap, or undefined where the browser has no frames, or holds the bitmap in another way. */
async function readByFrame(bitmap: ImageBitmap, { left, top, width, height }: Region): Promise<Pixels | undefined> {
  if (typeof VideoFrame === 'undefined') return undefined
  const frame = new VideoFrame(bitmap, { timestamp: 0 })
  try {
    const { format, visibleRect } = frame
    if ((format !== 'BGRX' && format !== 'RGBX') || visibleRect?.width !== bitmap.width || visibleRect.height !== bitmap.height)
      return undefined
    const samples = new Uint8Array(width * height * 4)
    await frame.copyTo(samples, { rect: { x: left, y: top, width, height }, layout: [{ offset: 0, stride: width * 4 }] })
    return { data: format === 'BGRX' ? bgrxToRgb(new Int32Array(samples.buffer)) : toRgb(samples, 4), width, height }
  } finally {
    frame.close()
  }
}

async function readByCanvasOrTexture(bitmap: ImageBitmap): Promise<Uint8ClampedArray> {
  const flat = readByCanvas(bitmap)
  return isOpaque(flat) ? flat : ((await readByTexture(bitmap)) ?? flat)
}

function readByCanvas(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  context.drawImage(bitmap, 0, 0)
  return context.getImageData(0, 0, width, height).data
}

function isOpaque(samples: Uint8ClampedArray): boolean {
  // Alpha is the uppermost byte of a word.
  const words = new Int32Array(samples.buffer, samples.byteOffset, samples.length / 4)
  let all = -1
  for (const word of words) all &= word
  return all >>> 24 === 255
}

/** The largest square of a texture that every implementation of WebGL 2 has. */
const TILE = 2048

/** [height][width][4] with colors as stored, or undefined where the browser has no WebGL 2. */
async function readByTexture(bitmap: ImageBitmap): Promise<Uint8ClampedArray | undefined> {
  const { width, height } = bitmap
  const canvas = new OffscreenCanvas(1, 1)
  const gl = canvas.getContext('webgl2')
  if (!gl) return undefined
  const samples = new Uint8ClampedArray(width * height * 4)
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture())
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) {
      const [columns, rows] = [Math.min(TILE, width - left), Math.min(TILE, height - top)]
      const tile = await createImageBitmap(bitmap, left, top, columns, rows, AS_STORED)
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, tile)
      tile.close()
      gl.framebufferTexture2D(
        gl.FRAMEBUFFER,
        gl.COLOR_ATTACHMENT0,
        gl.TEXTURE_2D,
        gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture,
        0,
      )
      const read = new Uint8Array(columns * rows * 4)
      gl.readPixels(0, 0, columns, rows, gl.RGBA, gl.UNSIGNED_BYTE, read)
      for (let row = 0; row < rows; row++)
        samples.set(read.subarray(row * columns * 4, (row + 1) * columns * 4), ((top + row) * width + left) * 4)
    }
  }
  const failed = gl.getError() !== gl.NO_ERROR
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return failed ? undefined : samples
}
