import type { Placement } from '@dinokit/core'

/**
 * The references of padded images bring their map to the image's own size as it is, padding included (Meta's DepthEncoderDecoder resizes
 * to `img.shape`, and the padding is the backbone's affair; transformers' DPT does the same): up to 7 pixels at the edges. Their heads
 * were trained so.
 *
 * @param placement - of an image
 * @returns one in which a padded image is all of the input; any other as it is
 */
export function wholeOfPadded(placement: Placement): Placement {
  const { source, resized, left, top, input } = placement
  const padded = left <= 0 && top <= 0 && input.width >= resized.width && input.height >= resized.height
  return padded ? { source, resized: source, left: 0, top: 0, input: source } : placement
}
