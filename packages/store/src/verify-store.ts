import { DinokitError, type OnProgress } from '@dinokit/core'
import { firstBeyond } from './contract/assert-storable.ts'
import { countElements } from './contract/store-layout.ts'
import type { Store } from './contract/store.ts'

/** Problem of a store. */
export interface StoreProblem {
  /** Id of the row, where it is one row’s. */
  readonly id?: string
  /** A sentence. */
  readonly problem: string
}

/** Verdict of {@link verifyStore}. */
export interface StoreVerdict {
  /** Rows that were read. */
  readonly rows: number
  /** Numbers that were looked at. */
  readonly numbers: number
  /** Problems found; at most a hundred are listed. */
  readonly problems: readonly StoreProblem[]
}

/** Options of {@link verifyStore}. */
export interface VerifyOptions {
  /** Told how many rows are done. */
  readonly onProgress?: OnProgress
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

const MOST = 100

/**
 * Reads a whole store: as many rows as it counts, each id once, a hash that is one, every number finite.
 *
 * @param store - stays the caller’s
 * @param options - progress, cancellation
 * @throws DinokitError `store-invalid` where it can’t be read, `aborted`, `disposed`
 */
export async function verifyStore(store: Store, { onProgress, signal }: VerifyOptions = {}): Promise<StoreVerdict> {
  const problems: StoreProblem[] = []
  const note = (problem: StoreProblem): void => {
    if (problems.length < MOST) problems.push(problem)
  }
  const total = await store.count()
  const seen = new Set<string>()
  let [rows, numbers] = [0, 0]
  for await (const batch of store.iterate({ fields: ['id', 'hash'], ...(signal && { signal }) })) {
    for (const { id, hash } of batch.rows) {
      if (seen.has(id)) note({ id, problem: 'its id is there twice' })
      seen.add(id)
      if (!/^[0-9a-f]{64}$/.test(hash)) note({ id, problem: `its hash is ${hash}, which is no sha256` })
    }
    for (const [name, { data, shape }] of Object.entries(batch.tensors)) {
      numbers += data.length
      const bad = firstBeyond(data)
      if (bad < 0) continue
      const id = batch.rows[Math.floor(bad / countElements(shape.slice(1)))]!.id
      note({ id, problem: `it has ${data[bad]!} in ${name}` })
    }
    rows += batch.length
    onProgress?.({ name: 'rows', done: rows, total })
  }
  if (rows !== total) note({ problem: `it counts ${total} rows, and has ${rows}` })
  return { rows, numbers, problems }
}

/**
 * Throws what a verdict says.
 *
 * @param name - of the store
 * @param verdict - of {@link verifyStore}
 * @throws DinokitError `store-invalid` where something is wrong
 */
export function assertVerdict(name: string, { problems }: StoreVerdict): void {
  if (problems.length === 0) return
  const say = ({ id, problem }: StoreProblem): string => (id === undefined ? problem : `${id}: ${problem}`)
  throw new DinokitError('store-invalid', `${name} has ${problems.length} problems: ${problems.slice(0, 3).map(say).join('; ')}.`, {
    given: problems.map(say).join('; '),
    expected: 'rows of different ids with sha256 hashes and finite numbers',
    hint: 'Index those images again.',
  })
}
