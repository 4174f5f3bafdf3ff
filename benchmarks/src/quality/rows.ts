/** A row of the table. */
export interface QualityRow {
  /** Name of the figure. */
  readonly key: string
  readonly what: string
  readonly digits: number
  readonly better: 'more' | 'less'
}

/** Every row that a new embedded model is judged by, in order. */
export const ROWS: readonly QualityRow[] = [
  { key: 'imagenette', what: '1-NN, imagenette, 400 for 250', digits: 3, better: 'more' },
  { key: 'imagenetteMean', what: '1-NN by the mean of patches, the same', digits: 3, better: 'more' },
  { key: 'imagen', what: '1-NN, imagen, leave one out', digits: 3, better: 'more' },
  { key: 'clothing', what: '1-NN, clothing, leave one out', digits: 3, better: 'more' },
  { key: 'classifier', what: 'embedded classifier, top-1 of the 250', digits: 3, better: 'more' },
  { key: 'places', what: 'same content elsewhere in the frame, cosine of patches', digits: 3, better: 'more' },
  { key: 'delta1', what: 'depth head retrained, delta1', digits: 3, better: 'more' },
  { key: 'absRel', what: 'depth head retrained, AbsRel', digits: 3, better: 'less' },
  { key: 'miou', what: 'segmentation head retrained, mIoU', digits: 3, better: 'more' },
  { key: 'objects', what: 'objects found (TokenCut), mean IoU', digits: 3, better: 'more' },
  { key: 'corners', what: 'attention of the class token on the corners (even: .141)', digits: 3, better: 'less' },
  { key: 'flips', what: 'attention under flips, cosine', digits: 3, better: 'more' },
  { key: 'megabytes', what: 'size in 16 bits, MB', digits: 1, better: 'less' },
]
