/** Sentences that the check must find fault with, one problem each. */
export const PLANTED: readonly string[] = [
  'The colour of each patch is an RGB triple.',
  'Segment a picture into classes.',
  'Images are converted to greyscale first.',
  'The licence of the weights is Apache-2.0.',
  'Recieve tokens from the worker.',
  'Nearest neighbours vote for a class.',
  'The optimiser keeps two moments.',
  'Weights are normalised before they are stored.',
  'The embeding of an image is a vector.',
  'Depth is in metres.',
  'Rows with numbers that are none are refused.',
  'Folders that are called as their classes.',
]
