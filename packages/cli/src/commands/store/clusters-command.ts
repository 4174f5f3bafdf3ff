import { findClusters, labelClusters, type ClusterLabels, type ClusterMeasure, type Clusters } from '@dinokit/curate'
import { Option, type Command } from 'commander'
import { parseCount, parseWhole } from '../../options/parse-options.ts'
import { curateCommand, tableOption, type CurateCommandOptions } from '../../options/stores/curate-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore, type Findings } from '../../run/stores/curate-store.ts'

interface ClustersOptions extends CurateCommandOptions {
  readonly k: number
  readonly measure: ClusterMeasure
  readonly rounds: number
  readonly seed: number
}

/** `dinokit store clusters` */
export function addClustersCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = curateCommand(store, {
    name: 'clusters',
    about: 'Group images that are alike into clusters (k-means), each with the image that stands for it best.',
    apply: 'label the rows that have no label by their cluster: "cluster 1", ... (default: dry run)',
    examples: ['clusters photos.store --k 50', 'clusters photos.store --k 50 --out clusters.csv', 'clusters photos.store --k 50 --apply'],
  })
    .addOption(new Option('--k <n>', 'number of clusters').argParser(parseCount).default(20))
    .addOption(
      new Option('--measure <name>', 'distance to the center of a cluster: 1 - cosine, or Euclidean')
        .choices(['cosine', 'euclidean'])
        .default('cosine'),
    )
    .addOption(new Option('--rounds <n>', 'most rounds of k-means').argParser(parseCount).default(20))
    .addOption(new Option('--seed <n>', 'seed of the first centers: the same gives the same clusters').argParser(parseWhole).default(0))
  tableOption(command).action(async (given: string | undefined, options: ClustersOptions) => {
    const { k, measure, rounds, seed, apply = false } = options
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const found = await findClusters(opened, k, { ...rowsOf(options), ...curating, measure, rounds, seed })
        return findingsOf(found, { k, seed }, apply ? await labelClusters(opened, found) : undefined)
      },
    })
  })
}

function findingsOf(
  { clusters, measure, inertia, rounds, settled }: Clusters,
  asked: { readonly k: number; readonly seed: number },
  applied: ClusterLabels | undefined,
): Findings {
  const rows = clusters.reduce((sum, cluster) => sum + cluster.rows.length, 0)
  const fewer = clusters.length < asked.k && rows > 0 ? ' (no more rows differ)' : ''
  const done = applied
    ? `, ${applied.labeled} rows labeled${applied.left > 0 ? `, ${applied.left} keep their labels` : ''}`
    : rows > 0
      ? '; --apply labels rows that have no label'
      : ''
  return {
    about: {
      images: rows,
      ...asked,
      measure,
      inertia,
      rounds,
      settled,
      clusters: clusters.map(({ number, medoid, rows: { length: size } }) => ({ cluster: number, size, medoid: medoid.id })),
      ...applied,
    },
    columns: ['cluster', 'id', 'source', 'distance', 'medoid'],
    lines: clusters.flatMap(({ number, medoid, rows: members }) =>
      members.map(({ row, distance }) => ({
        cluster: number,
        id: row.id,
        source: row.source,
        distance: Number(distance.toFixed(6)),
        medoid: row === medoid ? 'yes' : 'no',
      })),
    ),
    headline: `${rows} images in ${clusters.length} clusters${fewer}, by ${measure} distance, in ${rounds} rounds${done}`,
    text: clusters.map(
      ({ number, medoid, rows: { length: size } }) => `  ${number}  ${size} ${size === 1 ? 'image' : 'images'}, such as ${medoid.id}`,
    ),
  }
}
