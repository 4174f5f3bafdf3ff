import type { RowLabels } from '@dinokit/store'
import { isS3 } from '../storage/s3-client.ts'

/** An image of a plan: its id, where it is (a path, or an address of http, https or s3), and its labels. */
export type QueueImage = RowLabels

/** Whether an image comes over the network. */
export function isRemoteImage(source: string): boolean {
  return isS3(source) || /^https?:/i.test(source)
}

/** Id, source and labels of an image, without what else its object holds. */
export function labelsOf({ id, source, label, annotation, split }: RowLabels): RowLabels {
  return {
    id,
    source,
    ...(label !== undefined && { label }),
    ...(annotation !== undefined && { annotation }),
    ...(split !== undefined && { split }),
  }
}
