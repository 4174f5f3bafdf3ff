import { DinokitError } from '@dinokit/core'
import { findImages, type FoundImages, IMAGE_FORMATS, describePassedOver, type PassedOver } from '@dinokit/image-files'
import type { Output } from './console-output.ts'

/**
 * Finds the images that a command is given, and tells what could not be looked into and what was passed over.
 *
 * @throws DinokitError `file-not-found` where nothing was found, and nothing failed
 */
export async function searchImages(output: Output, named: readonly string[], recursive: boolean): Promise<FoundImages> {
  const found = await findImages(named, recursive)
  for (const { name, error } of found.failures) output.failure(name, error)
  tellPassedOver(output, found.passedOver)
  if (found.images.length === 0 && found.failures.length === 0) throw noImages(named, recursive)
  return found
}

/** Says on standard error what was passed over. */
export function tellPassedOver(output: Output, passedOver: PassedOver): void {
  const said = describePassedOver(passedOver)
  if (said !== undefined) output.note(said)
}

/** Returns a summary's note of what was passed over: nothing where it is nothing. */
export function passedOverOf(passedOver: PassedOver): { readonly passedOver?: PassedOver } {
  return describePassedOver(passedOver) === undefined ? {} : { passedOver }
}

/** There is nothing to be done. */
export function noImages(named: readonly string[], recursive: boolean): DinokitError {
  return new DinokitError('file-not-found', `There are no images in ${named.join(', ')}.`, {
    given: named.join(', '),
    expected: IMAGE_FORMATS,
    hint: recursive ? 'Check the folder.' : 'Try --recursive.',
  })
}
