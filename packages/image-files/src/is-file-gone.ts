import { isAbsent } from '@dinokit/core'
import { stat } from 'node:fs/promises'
import { isAddress } from './search/find-images.ts'

/**
 * Whether an image file is no longer there: what `fillStore` asks so that rows follow files that are renamed or moved,
 * `fillStore(vision, store, imagesIn('photos/'), { isGone: isFileGone })`. Of addresses, and of files in folders that can't be
 * looked into, it is not known: they count as there.
 *
 * @param source - as a row names it: a path or an address
 */
export async function isFileGone(source: string): Promise<boolean> {
  if (isAddress(source)) return false
  try {
    await stat(source)
    return false
  } catch (cause) {
    return isAbsent(cause)
  }
}
