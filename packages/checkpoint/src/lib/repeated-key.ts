/**
 * A key that a JSON object names twice, which JSON.parse passes over in silence: two readers could see two files.
 *
 * @param json - valid JSON of an object
 */
export function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string
      if (seen.has(key)) return key
      seen.add(key)
    }
  }
  return undefined
}
