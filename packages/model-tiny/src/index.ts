/** The embedded model's files, as addresses beside this module: `file:` in Node, the bundler's in a browser. */
export const TINY_ASSETS: Readonly<{
  /** safetensors, F16, Meta's tensor names; the card is `tiny` of @dinokit/core. */
  weights: URL
  /** safetensors, F16: `weight` [1000][192] and `bias` [1000] on the class token. */
  classifier: URL
  /** JSON: an array of 1,000 `{ wnid, name }`. */
  classes: URL
}> = Object.freeze({
  weights: new URL('../assets/model.safetensors', import.meta.url),
  classifier: new URL('../assets/classifier.safetensors', import.meta.url),
  classes: new URL('../assets/imagenet-1k.json', import.meta.url),
})

/**
 * The heads that come with the embedded model, as addresses, by `task/name`: the one place where they are listed. The first
 * of a task is its default.
 */
export const TINY_HEADS: Readonly<Record<string, URL>> = Object.freeze({
  'classification/imagenet': TINY_ASSETS.classifier,
})
