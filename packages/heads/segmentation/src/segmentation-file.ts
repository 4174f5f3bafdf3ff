import { writeSafetensors } from '@dinokit/checkpoint'
import type { Segmentation } from './segmentation.ts'

/**
 * A safetensors file of a segmentation: `labels` [height][width] of the source and `logits` [classes][rows][columns] of the patches; its
 * metadata have the value of what is not known, and the classes that are in it, as JSON.
 *
 * @param segmentation - of an image
 */
export function segmentationFile({ labels, logits, classes }: Segmentation): Uint8Array {
  return writeSafetensors(
    { labels, logits },
    {
      task: 'segmentation',
      unknown: String(labels.unknown),
      classes: JSON.stringify(classes.map(({ index, name }) => ({ index, name }))),
    },
  )
}
