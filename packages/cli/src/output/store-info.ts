import type { SearchIndex, Store, StoreLayout } from '@dinokit/store'
import { describeShape } from './describe-bytes.ts'

/** Description of a store. */
export interface StoreInfo extends Pick<StoreLayout, 'fingerprint' | 'size' | 'dtype' | 'tensors'> {
  readonly rows: number
  /** Version of what the store keeps. */
  readonly format: number
  /** Index for approximate search. */
  readonly index: SearchIndex
  /** Rows by label and by split; those of none under an empty name. */
  readonly labels: Readonly<Record<string, number>>
  readonly splits: Readonly<Record<string, number>>
}

/** Looks through a store. */
export async function readStoreInfo(store: Store): Promise<StoreInfo> {
  const [labels, splits] = [new Map<string, number>(), new Map<string, number>()]
  for await (const { rows } of store.iterate({ fields: ['label', 'split'], tensors: [], batch: 4096 }))
    for (const { label = '', split = '' } of rows) {
      labels.set(label, (labels.get(label) ?? 0) + 1)
      splits.set(split, (splits.get(split) ?? 0) + 1)
    }
  const { version: format, fingerprint, size, dtype, tensors } = store.layout
  const sorted = (counts: Map<string, number>): Record<string, number> =>
    Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b)))
  const [rows, index] = [await store.count(), await store.searchIndex()]
  return { rows, format, fingerprint, size, dtype, tensors, index, labels: sorted(labels), splits: sorted(splits) }
}

/** Describes a store in lines of text. */
export function describeStore(name: string, { rows, format, index, labels, splits, ...layout }: StoreInfo): string {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([what, count]) => `${what || '(none)'} ${count}`)
      .join(', ')
  return [
    `${name}: ${rows} rows, format ${format}`,
    ...describeLayout(layout),
    `  search   ${describeIndex(index)}`,
    ...(rows > 0 ? [`  labels   ${counts(labels)}`, `  splits   ${counts(splits)}`] : []),
  ].join('\n')
}

/** Says how a store is searched approximately. */
export function describeIndex({ kind, rows, recall }: SearchIndex): string {
  if (kind === 'flat') return 'exact, without an index'
  const said = recall === undefined ? 'recall not measured' : `recall@10 ${recall.toFixed(3)} on a sample`
  return `approximate search by ${kind} of ${rows} rows, ${said}`
}

/** The model and the tensors of a store, as lines of text. */
export function describeLayout({ fingerprint, dtype, tensors }: Pick<StoreLayout, 'fingerprint' | 'dtype' | 'tensors'>): string[] {
  return [
    `  model    ${fingerprint.model}, weights ${fingerprint.weights.slice(0, 12)}, ${fingerprint.precision}`,
    `  input    ${fingerprint.preprocessing}`,
    `  tensors  ${Object.entries(tensors)
      .map(([tensor, shape]) => `${tensor} ${describeShape(shape)}`)
      .join(', ')}, as ${dtype}`,
  ]
}
