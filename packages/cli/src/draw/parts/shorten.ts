/** Keeps both ends: names often differ in their last digits. */
export function shorten(text: string, most: number): string {
  const letters = Array.from(text)
  if (letters.length <= most) return text
  const half = Math.floor((most - 1) / 2)
  return `${letters.slice(0, most - 1 - half).join('')}…${letters.slice(-half).join('')}`
}
