import { clustersOf, mapOf, readRows, type MapMethod, type StoreMap } from '@dinokit/curate'
import { Option, type Command } from 'commander'
import { parseCount, parseWhole } from '../../options/parse-options.ts'
import { curateCommand, pageOption, type CurateCommandOptions } from '../../options/stores/curate-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { curateStore } from '../../run/stores/curate-store.ts'
import { drawMap } from '../../run/stores/draw-map.ts'

interface MapCommandOptions extends CurateCommandOptions {
  readonly method?: MapMethod
  readonly neighbors: number
  readonly seed: number
  readonly k: number
}

/** `dinokit store map` */
export function addMapCommand(store: Command, context: (command: Command) => CommandContext): void {
  const command = curateCommand(store, {
    name: 'map',
    about: 'Place images on a map where like lies with like: a page with thumbnails that works from a file.',
    examples: ['map photos.store --out map.html', 'map photos.store --method pca --out map.csv'],
  })
    .addOption(
      new Option(
        '--method <name>',
        'umap keeps neighbors together, of at most 10,000 images; pca places all (default: umap from 20 images on)',
      ).choices(['umap', 'pca']),
    )
    .addOption(new Option('--neighbors <n>', 'neighbors that umap keeps near').argParser(parseCount).default(15))
    .addOption(new Option('--k <n>', 'number of clusters that images are colored by').argParser(parseCount).default(10))
    .addOption(new Option('--seed <n>', 'seed: the same gives the same map').argParser(parseWhole).default(0))
  pageOption(command).action(async (given: string | undefined, options: MapCommandOptions) => {
    const { method, neighbors, seed, k } = options
    await curateStore(context(command), command, {
      given,
      options,
      async work(opened, curating) {
        const stored = await readRows(opened, { ...rowsOf(options), ...curating })
        const map = await mapOf(stored, { ...curating, seed, neighbors, ...(method && { method }) })
        const { clusters } = await clustersOf(stored, Math.max(1, Math.min(k, map.total)), { ...curating, seed })
        const clusterOf = new Map(clusters.flatMap(({ number, rows }) => rows.map(({ row }) => [row.id, number])))
        const about = describe(map, neighbors)
        return {
          about: {
            method: map.method,
            images: map.total,
            placed: map.rows.length,
            seed,
            ...(map.explained && { explained: map.explained }),
          },
          columns: ['id', 'source', 'x', 'y', 'label', 'split', 'cluster'],
          lines: map.rows.map(({ row, x, y }) => ({
            id: row.id,
            source: row.source,
            x: Number(x.toFixed(6)),
            y: Number(y.toFixed(6)),
            label: row.label,
            split: row.split,
            cluster: clusterOf.get(row.id),
          })),
          headline: about,
          text: [],
          page: () => drawMap({ title: `Map of ${opened.name}`, about, map, clusterOf }, curating),
        }
      },
    })
  })
}

function describe({ method, rows, total, explained }: StoreMap, neighbors: number): string {
  if (method === 'umap') {
    const which = rows.length < total ? `${rows.length} of ${total} images, drawn at random,` : `${total} images`
    return `${which} placed by UMAP of ${neighbors} neighbors: like lies with like; distances between groups say little.`
  }
  const share = explained ? Math.round(100 * (explained[0] + explained[1])) : 0
  return `${total} images placed by their two principal components, which explain ${share} % of what they differ in.`
}
