/** Record of the images that trained a head, to tell a fair evaluation from one on the very rows that it knows. */
export interface TrainedRows {
  /** Number of rows. */
  readonly rows: number
  /**
   * The first eight hexadecimal digits of the sha256 of each image’s file, ascending, one after the other. Of more than 8192
   * images those that come first: whether another image is among them can be told where its digits are not beyond the last.
   */
  readonly sample: string
}

const DIGITS = 8
const MOST = 8192

/**
 * A description of the images that trained a head, for `trainedOn` of its file.
 *
 * @param hashes - sha256 of each image’s file, hexadecimal
 */
export function describeTrainedRows(hashes: readonly string[]): TrainedRows {
  const digits = new Set(hashes.map((hash) => hash.slice(0, DIGITS).toLowerCase()))
  return { rows: hashes.length, sample: [...digits].sort().slice(0, MOST).join('') }
}

/**
 * Counts the images that are among those that trained a head. Of a head that more than 8192 images trained this is an estimate, by
 * those of which it can be told.
 *
 * @param trained - of the head’s file; what is none says nothing
 * @param hashes - sha256 of each image’s file, hexadecimal
 * @returns undefined where it can’t be told
 */
export function countTrainedRows(
  trained: Partial<TrainedRows> | undefined,
  hashes: readonly string[],
): { readonly count: number; readonly exact: boolean } | undefined {
  const { rows, sample } = trained ?? {}
  if (!Number.isSafeInteger(rows) || typeof sample !== 'string' || !/^(?:[0-9a-f]{8})+$/.test(sample)) return undefined
  const known = new Set(sample.match(/.{8}/g))
  const last = sample.slice(-DIGITS)
  const whole = known.size < MOST
  const told = hashes.map((hash) => hash.slice(0, DIGITS).toLowerCase()).filter((digits) => whole || digits <= last)
  if (told.length === 0 && hashes.length > 0) return undefined
  const found = told.filter((digits) => known.has(digits)).length
  return whole ? { count: found, exact: true } : { count: Math.round((found / told.length) * hashes.length), exact: false }
}
