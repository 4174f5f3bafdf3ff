/** Maps values by work of which so much is under way at a time; results are in the values' order. */
export async function mapSome<T, Result>(values: readonly T[], most: number, work: (value: T) => Promise<Result>): Promise<Result[]> {
  const results = new Array<Result>(values.length)
  let next = 0
  const take = async (): Promise<void> => {
    while (next < values.length) {
      const index = next++
      results[index] = await work(values[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, values.length) }, take))
  return results
}
