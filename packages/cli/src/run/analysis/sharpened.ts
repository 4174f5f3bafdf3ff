import { sharpenLabels } from '@dinokit/analysis'
import type { Pixels } from '@dinokit/core'
import { segmentationOf, type Segmentation } from '@dinokit/head-segmentation'

/**
 * A segmentation whose classes end where the image has edges.
 *
 * @param segmentation - by a head
 * @param image - that it is of
 */
export function sharpened({ logits, placement, known }: Segmentation, image: Pixels): Segmentation {
  return segmentationOf({ logits, placement, labels: sharpenLabels(logits, image, placement) }, known)
}
