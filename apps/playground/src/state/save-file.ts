/**
 * Saves a file as the browser does what it downloads.
 *
 * @param name - that it is given
 */
export function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file)
  Object.assign(document.createElement('a'), { href: address, download: name }).click()
  URL.revokeObjectURL(address)
}
