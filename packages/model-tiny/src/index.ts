import { address } from './address.ts'

/** The embedded model's files, as addresses beside this module: `file:` in Node, the bundler's in a browser, `bundled:` where there is none. */
export const TINY_ASSETS: Readonly<{
  /** safetensors, F16, Meta's tensor names; the card is `tiny` of @dinokit/core. */
  weights: URL
  /** safetensors, F16: `weight` [1000][192] and `bias` [1000] on the class token. */
  classifier: URL
  /** JSON: an array of 1,000 `{ wnid, name }`. */
  classes: URL
  /** A head file, F16: meters indoors, from the patches of layers 3, 6, 9 and 12. */
  depth: URL
  /** A head file, F16: the 39 classes of NYU40, from the patches of layers 3, 6, 9 and 12. */
  segmentation: URL
}> = Object.freeze({
  weights: address(() => new URL('../assets/model.safetensors', import.meta.url)),
  classifier: address(() => new URL('../assets/classifier.safetensors', import.meta.url)),
  classes: address(() => new URL('../assets/imagenet-1k.json', import.meta.url)),
  depth: address(() => new URL('../assets/depth.safetensors', import.meta.url)),
  segmentation: address(() => new URL('../assets/segmentation.safetensors', import.meta.url)),
})

/**
 * The heads that come with the embedded model, as addresses, by `task/name`: the one place where they are listed. The first
 * of a task is its default.
 */
export const TINY_HEADS: Readonly<Record<string, URL>> = Object.freeze({
  'classification/imagenet': TINY_ASSETS.classifier,
  'depth/nyuv2': TINY_ASSETS.depth,
  'segmentation/nyuv2': TINY_ASSETS.segmentation,
})
