import type { RowLabels, Store } from '@dinokit/store'
import { assertCount } from '../lib/assert-count.ts'
import { clusterRows, type ClusterOptions } from '../clusters/cluster-rows.ts'
import type { ClusterMeasure } from '../clusters/points-of.ts'
import { readRows, type CuratedRow, type StoredRows, type StoreRowOptions } from './read-rows.ts'

/** Options of {@link findClusters}. */
export interface FindClustersOptions extends StoreRowOptions, Omit<ClusterOptions, 'initial'> {}

/** A row of a cluster. */
export interface ClusteredRow {
  readonly row: CuratedRow
  /** Distance to the center of the cluster: 1 - cosine, or the length of the difference. */
  readonly distance: number
}

/** Images that are alike. */
export interface Cluster {
  /** From 1, the largest cluster first. */
  readonly number: number
  /** The image that is nearest to all of the cluster. */
  readonly medoid: CuratedRow
  /** All rows of the cluster, the nearest to its center first; never empty. */
  readonly rows: readonly ClusteredRow[]
}

/** Clusters of a store, and how they were found. */
export interface Clusters {
  /** The largest first; fewer than asked for where fewer rows differ. */
  readonly clusters: readonly Cluster[]
  readonly measure: ClusterMeasure
  /** Sum over all rows: of 1 - cosine to the center, or of the squared difference. */
  readonly inertia: number
  readonly rounds: number
  /** Whether the last round changed nothing. */
  readonly settled: boolean
}

/**
 * Groups the rows of a store into clusters by k-means ({@link clusterRows}), each with the image that stands for it best.
 *
 * @param store - stays the caller's; nothing is changed
 * @param count - number of clusters
 * @param options - measure, rounds, seed, which rows, progress, cancellation
 * @returns no clusters of a store without rows
 * @throws DinokitError `invalid-option`, also for fewer rows than clusters; `tensor-invalid` with the id, `aborted`, `disposed`
 */
export async function findClusters(store: Store, count: number, options: FindClustersOptions = {}): Promise<Clusters> {
  assertCount('number of clusters', count)
  return clustersOf(await readRows(store, options), count, options)
}

/**
 * Groups rows that were read: {@link findClusters} without its reading, where they are used for more than that.
 *
 * @param stored - by {@link readRows}
 * @param count - number of clusters
 * @param options - measure, rounds, seed, progress, cancellation
 * @throws DinokitError `invalid-option`, also for fewer rows than clusters; `aborted`
 */
export async function clustersOf(
  { rows, vectors }: StoredRows,
  count: number,
  options: Omit<ClusterOptions, 'initial'> = {},
): Promise<Clusters> {
  const { measure = 'cosine' } = options
  if (rows.length === 0) return { clusters: [], measure, inertia: 0, rounds: 0, settled: true }
  const { labels, distances, medoids, inertia, rounds, settled } = await clusterRows(vectors, count, options)
  const members = medoids.map((): ClusteredRow[] => [])
  rows.forEach((row, index) => members[labels[index]!]!.push({ row, distance: distances[index]! }))
  const clusters = Array.from(members.keys())
    .filter((label) => members[label]!.length > 0)
    .sort((a, b) => members[b]!.length - members[a]!.length || medoids[a]! - medoids[b]!)
    .map((label, place) => ({
      number: place + 1,
      medoid: rows[medoids[label]!]!,
      rows: members[label]!.sort((a, b) => a.distance - b.distance),
    }))
  return { clusters, measure, inertia, rounds, settled }
}

/** Number of rows that {@link labelClusters} labeled, and of those whose labels it left alone. */
export interface ClusterLabels {
  readonly labeled: number
  readonly left: number
}

/** Label of a cluster. */
const LABEL = /^cluster \d+$/
const BATCH = 4096

/**
 * Labels the rows of a store by their clusters: `cluster 1` and so on. Labels that are there stay, unless they are those of clusters.
 *
 * @param store - is changed
 * @param found - by {@link findClusters}, of this store
 * @throws DinokitError of `Store.relabel`
 */
export async function labelClusters(store: Store, { clusters }: Clusters): Promise<ClusterLabels> {
  const labels = new Map(clusters.flatMap(({ number, rows }) => rows.map(({ row }) => [row.id, `cluster ${number}`] as const)))
  const changes: { id: string; to: RowLabels }[] = []
  let left = 0
  for await (const { rows } of store.iterate({ fields: ['id', 'source', 'label', 'annotation', 'split'], tensors: [], batch: BATCH })) {
    for (const row of rows) {
      const label = labels.get(row.id)
      if (label === undefined) continue
      if (row.label !== undefined && !LABEL.test(row.label)) left++
      else changes.push({ id: row.id, to: { ...row, label } })
    }
  }
  if (changes.length > 0) await store.relabel(changes)
  return { labeled: changes.length, left }
}
