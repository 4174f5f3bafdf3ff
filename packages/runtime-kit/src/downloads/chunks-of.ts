/**
 * Reads a stream piece by piece. By its reader: not every browser iterates over streams.
 *
 * @param body - of an answer; undefined and null have no pieces
 */
export async function* chunksOf(body: Response['body'] | undefined): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (!body) return
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    // Whoever leaves early wants no more of it.
    await reader.cancel().catch(() => {})
  }
}
