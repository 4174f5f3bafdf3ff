import { assertRegion, type OpenImage, type Pixels, type Region } from '@dinokit/core'

/**
 * Opens what the browser makes a bitmap of. Whoever reads a bitmap takes it; the next one to read has another made.
 *
 * @param make - the bitmap
 * @param read - its pixels; closes it
 * @throws what `make` throws
 */
export async function openBitmap(
  make: () => Promise<ImageBitmap>,
  read: (bitmap: ImageBitmap, region?: Region) => Promise<Pixels>,
): Promise<OpenImage> {
  const first = await make()
  const { width, height } = first
  const ready = [first]
  const close = async (): Promise<void> => ready.pop()?.close()
  return {
    size: { width, height },
    async read(region) {
      if (region) assertRegion(region, { width, height })
      return read(ready.pop() ?? (await make()), region)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
