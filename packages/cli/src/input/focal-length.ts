import type { ImageSource } from '@dinokit/runtime-node'
import exifReader from 'exif-reader'
import sharp from 'sharp'

/** Diagonal of a frame of 35 mm film, 36x24, in millimeters: what EXIF’s equivalent focal lengths refer to. */
const FILM_DIAGONAL = Math.hypot(36, 24)

/**
 * Reads the focal length of an image from its EXIF: `FocalLengthIn35mmFilm`, of the whole image as the camera took it.
 *
 * @param source - a file's path, or its bytes
 * @returns in pixels of the image; undefined where it does not say one
 */
export async function focalLengthOf(source: ImageSource): Promise<number | undefined> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) return undefined
  try {
    const { exif, width, height } = await sharp(source).metadata()
    const film: unknown = exif && exifReader(exif).Photo?.FocalLengthIn35mmFilm
    return typeof film === 'number' && film > 0 ? (film * Math.hypot(width, height)) / FILM_DIAGONAL : undefined
  } catch {
    // An image that can't be read is named where it is looked at; EXIF that can't be read says nothing.
    return undefined
  }
}
