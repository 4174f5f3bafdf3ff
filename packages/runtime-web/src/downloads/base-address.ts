/** Returns the address that relative ones are relative to, in a page and in a worker. */
export function baseAddress(): string {
  return typeof document === 'undefined' ? location.href : document.baseURI
}
