import { openTensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import type { Annotation } from '@dinokit/train/stored'
import { paletteIndices } from './palette-indices.ts'
import { commandRuntime } from './command-runtime.ts'

/**
 * Reads a label map: a gray PNG of 8 or 16 bits, whose samples are the numbers of classes, or one with a palette, whose
 * indices are (as VOC keeps them).
 *
 * @param path - of the file
 * @throws DinokitError `file-not-found`, `label-invalid`
 */
export function readLabelMap(path: string): Promise<Annotation> {
  return readPng(path, true)
}

/**
 * Reads a depth map: a gray PNG of 8 or 16 bits, or a safetensors file of meters [height][width].
 *
 * @param path - of the file
 * @param scale - meters of one step of a PNG
 * @returns meters, 0 where there is no reading
 * @throws DinokitError `file-not-found`, `label-invalid`
 */
export async function readDepthMap(path: string, scale: number): Promise<Annotation> {
  if (/\.safetensors$/i.test(path)) return readMeters(path)
  const { data, size } = await readPng(path, false)
  return { data: Float32Array.from(data, (value) => value * scale), size }
}

async function readPng(path: string, palette: boolean): Promise<Annotation> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DinokitError('file-not-found', `There is no annotation ${path}.`, { given: path, cause })
  })
  try {
    // A color profile is about how samples look: these are numbers.
    const image = sharp(bytes, { limitInputPixels: false, failOn: 'error', ignoreIcc: true })
    const { format, space, channels, depth, isPalette, bitsPerSample = 8 } = await image.metadata()
    if (format === 'png' && isPalette && palette) {
      // A file that ends too early is refused by this one alone.
      await image.stats()
      return paletteIndices(bytes)
    }
    if (format !== 'png' || channels !== 1 || isPalette || bitsPerSample < 8) {
      throw invalid(path, `is ${format} of ${channels} channels${isPalette ? ' with a palette' : ''} (${space}, ${bitsPerSample} bits)`)
    }
    const wide = depth === 'ushort'
    const raw = image.toColourspace(wide ? 'grey16' : 'b-w').raw({ depth: wide ? 'ushort' : 'uchar' })
    const { data, info } = await raw.toBuffer({ resolveWithObject: true })
    const copy = new Uint8Array(data)
    return { data: wide ? new Uint16Array(copy.buffer) : copy, size: [info.height, info.width] }
  } catch (cause) {
    throw DinokitError.is(cause) ? cause : invalid(path, `can’t be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

async function readMeters(path: string): Promise<Annotation> {
  const file = await openTensorFile(await commandRuntime().readAsset({ kind: 'file', path }))
  try {
    const stored = file.tensors.get('depth') ?? [...file.tensors.values()][0]
    if (stored?.shape.length !== 2) throw invalid(path, 'holds no depth [height][width]')
    const data = await stored.readFloat32()
    return { data: data.map((value) => (Number.isFinite(value) ? value : 0)), size: [stored.shape[0]!, stored.shape[1]!] }
  } finally {
    await file.close()
  }
}

function invalid(path: string, what: string, cause?: unknown): DinokitError {
  return new DinokitError('label-invalid', `The annotation ${path} ${what}.`, {
    given: path,
    expected: 'a gray PNG of 8 or 16 bits; for label maps also a palette PNG; for depth also a .safetensors file',
    ...(cause !== undefined && { cause }),
  })
}
