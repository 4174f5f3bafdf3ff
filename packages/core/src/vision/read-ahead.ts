/**
 * Maps a sequence with several calls under way at once, in order, in groups. At most `ahead` results wait, so that
 * memory stays bounded; the next ones are begun while the consumer works on a group.
 *
 * @param sources - read one at a time, only when there is room
 * @param start - begins the work on one; its promise must not reject
 * @param bounds - size of a group, and how many are begun ahead
 */
export async function* readAhead<Source, Result>(
  sources: Iterable<Source> | AsyncIterable<Source>,
  start: (source: Source, index: number) => Promise<Result>,
  { batch, ahead }: { readonly batch: number; readonly ahead: number },
): AsyncGenerator<Result[], void, undefined> {
  const iterator = Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]()
  const waiting: Promise<Result>[] = []
  let index = 0
  let ended = false
  let failure: { readonly cause: unknown } | undefined
  let begun = (): void => {}
  const pull = async (): Promise<void> => {
    try {
      while (!ended && waiting.length < ahead) {
        const next = await iterator.next()
        if (next.done) ended = true
        else if (!ended) {
          waiting.push(start(next.value, index++))
          begun()
        }
      }
    } catch (cause) {
      ended = true
      failure = { cause }
    }
  }
  let pulling: Promise<void> | undefined
  const fill = (): Promise<void> => (pulling ??= pull().finally(() => (pulling = undefined)))
  try {
    for (;;) {
      // A slow source must not hold back what is ready: neither the first of all nor those that follow.
      if (waiting.length === 0) await Promise.race([fill(), new Promise<void>((resolve) => (begun = resolve))])
      if (waiting.length > 0) await Promise.race([fill(), waiting[0]])
      if (waiting.length === 0) {
        if (failure) throw failure.cause
        return
      }
      const group = await Promise.all(waiting.splice(0, batch))
      void fill()
      yield group
    }
  } finally {
    const unfinished = !ended
    ended = true
    if (unfinished) await iterator.return?.()
    await Promise.all(waiting)
  }
}
