import { ycbcrToRgb, type Pixels, type Size, type Region } from '@dinokit/core'

/**
 * Decodes a plain JPEG by WebCodecs as far as its luma and chroma, and makes RGB of what is wanted of them: twice as fast as
 * having the browser make a bitmap of all of it and reading that back, with the same bits.
 *
 * @param bytes - of the file; they change hands
 * @param size - that its header tells
 * @param region - what is wanted of it; default all
 * @returns undefined where the browser can't, or finds the file damaged, or stored in another way
 */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, size: Size, region?: Region): Promise<Pixels | undefined> {
  try {
    const decoder = new ImageDecoder({ data: bytes, type: 'image/jpeg', transfer: [bytes.buffer] })
    try {
      const { image } = await decoder.decode()
      return await readPlanes(image, size, region).finally(() => image.close())
    } finally {
      decoder.close()
    }
  } catch {
    return undefined
  }
}

async function readPlanes(image: VideoFrame, { width, height }: Size, region?: Region): Promise<Pixels | undefined> {
  const { format, colorSpace, visibleRect } = image
  const subsampled = format === 'I420'
  if (!subsampled && format !== 'I444') return undefined
  if (!colorSpace.fullRange || colorSpace.matrix !== 'smpte170m') return undefined
  if (visibleRect?.width !== width || visibleRect.height !== height) return undefined
  const length = image.allocationSize()
  const bytes = spare && spare.length >= length ? spare : new Uint8Array(length)
  spare = undefined
  const [luma, blueness, redness] = (await image.copyTo(bytes)).map(({ offset, stride }) => ({ data: bytes.subarray(offset), stride }))
  const pixels = ycbcrToRgb({ width, height, subsampled, luma: luma!, chroma: [blueness!, redness!] }, region)
  if (bytes.length <= LARGEST_SPARE) spare = bytes
  return pixels
}

/** Memory of the last image's planes for those of the next, of this thread: fresh memory costs as much as what is done with it. */
let spare: Uint8Array | undefined
const LARGEST_SPARE = 1 << 25
