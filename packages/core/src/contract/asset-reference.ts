/** Address of a model's file. */
export type AssetReference =
  | {
      readonly kind: 'file'
      /** A path or a `file:` address (Node), or an address of the page's own origin (browser). */
      readonly path: string
    }
  | {
      readonly kind: 'hub'
      /** `owner/name` on the Hugging Face hub. */
      readonly repo: string
      /** Path of the file in the repository. */
      readonly file: string
      /** Branch, tag or commit. Default `main`. */
      readonly revision?: string
    }
  | {
      readonly kind: 'url'
      readonly url: string
      /** Expected length in bytes, where known. */
      readonly size?: number
      /** Expected sha256, lower-case hexadecimal, where known. */
      readonly sha256?: string
    }

/**
 * An asset as a person would name it.
 *
 * @param reference - of the asset
 */
export function describeAsset(reference: AssetReference): string {
  if (reference.kind === 'file') return reference.path
  if (reference.kind === 'url') return reference.url
  return `${reference.repo}/${reference.file}`
}
