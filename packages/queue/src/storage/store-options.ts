import { isS3, s3Options } from './s3-client.ts'

/** Options of a store: where the environment says that object storage is. */
export function storeOptions(location: string): { readonly storageOptions?: Readonly<Record<string, string>> } {
  return isS3(location) ? { storageOptions: s3Options() } : {}
}
