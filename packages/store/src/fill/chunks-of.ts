/** Values in groups of a size, which is asked for before each value; the last may be smaller. */
export async function* chunksOf<T>(values: Iterable<T> | AsyncIterable<T>, size: () => number): AsyncGenerator<T[], void, undefined> {
  let chunk: T[] = []
  for await (const value of values) {
    chunk.push(value)
    if (chunk.length < size()) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
