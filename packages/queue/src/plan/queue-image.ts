import type { RowLabels } from '@dinokit/store'

/** An image of a plan: its id, where it is (a path, or an address of http, https or s3), and its labels. */
export type QueueImage = RowLabels
