import { createRuntime, type Pixels } from 'dinokit/browser'

/** Decodes, whichever model is open: its worker serves every image, and ends when there is none for a while. */
const images = createRuntime()

/**
 * Decodes an image for the model: the file's own values.
 *
 * @throws DinokitError `image-unreadable`, `image-unsupported`, `image-too-large`, `out-of-memory`, `aborted`
 */
export function decode(file: Blob, signal: AbortSignal): Promise<Pixels> {
  return images.decodeImage(file, { signal })
}

/** An image as the screen shows it: colors managed, no larger than a screen needs. */
export async function previewOf(file: Blob, longest: number): Promise<ImageBitmap> {
  const whole = await createImageBitmap(file)
  const scale = longest / Math.max(whole.width, whole.height)
  if (scale >= 1) return whole
  try {
    return await createImageBitmap(whole, {
      resizeWidth: Math.max(1, Math.round(whole.width * scale)),
      resizeHeight: Math.max(1, Math.round(whole.height * scale)),
      resizeQuality: 'medium',
    })
  } finally {
    whole.close()
  }
}
