import type { Pixels } from '@dinokit/core'

/**
 * Source that this runtime can decode: a File or Blob; an address (relative, `http:`, `https:`, `data:`, `blob:`); the bytes of an
 * image file; what a page shows (an image, video or canvas element, as it is right now); a VideoFrame, ImageBitmap or
 * ImageData; or pixels that are decoded already.
 */
export type ImageSource =
  | Blob
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame
  | ImageBitmap
  | ImageData
  | Pixels
