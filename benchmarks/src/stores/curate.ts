import { pairsAcross, whiten } from '@dinokit/curate'
import type { Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { openLanceStore } from '@dinokit/store-node'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureCommand } from '../processes/measure-command.ts'
import { table } from '../lib/table.ts'
import { createRowMaker, madeLayout, madeVector } from './made-rows.ts'
import { realRows } from './real-rows.ts'

const APPENDED = 5000
/** Every so many rows, one is another with a little noise. */
const COPIED = 20
const SEED = 28
/** Rows whose pairs with all others are looked for exactly. */
const COMPARED = 2000

/**
 * Curation of many rows that are made from real class tokens of a ViT-S: time, processor time and memory of the commands, and how many of
 * the pairs that comparing all finds the sketches find.
 *
 * @param count - of rows
 * @param real - a store of real class tokens; undefined embeds images
 */
export async function curateTable(count: number, real?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-bench-'))
  try {
    const vectors = await makeStore(join(folder, 'made.store'), count, real)
    const rows = [['command', 'seconds', 'of processor', 'MB at most', 'load', 'to reach']]
    for (const [command, limit] of [
      [['duplicates', '--out', 'duplicates.csv'], '60 s, 1000 MB'],
      [['leaks', '--out', 'leaks.csv'], ''],
      [['clusters', '--k', '100', '--rounds', '20', '--out', 'clusters.csv'], '30 s, 1000 MB'],
      [['outliers', '--out', 'outliers.csv'], '60 s, 1000 MB'],
      [['diverse', '--count', '1000', '--out', 'diverse.csv'], ''],
      [['map', '--method', 'pca', '--out', 'map.csv'], ''],
      [['map', '--method', 'umap', '--out', 'umap.csv'], ''],
    ] as const)
      rows.push([command.slice(0, -2).join(' '), ...figuresOf(folder, ['store', command[0], 'made.store', ...command.slice(1)]), limit])
    return `Curation of ${count} rows of ${vectors.shape[1]!}\n${table(rows)}\n${await recallOf(vectors)}`
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Makes a store, and returns its vectors. */
async function makeStore(path: string, count: number, given: string | undefined): Promise<Tensor> {
  const real = await realRows(given)
  const makeRow = createRowMaker(real)
  const { dim } = real
  const data = new Float32Array(count * dim)
  const random = createRandom(SEED)
  await using store = await openLanceStore(path, { layout: madeLayout(dim) })
  for (let start = 0; start < count; start += APPENDED) {
    const some = Array.from({ length: Math.min(APPENDED, count - start) }, (_, i) => start + i)
    for (const row of some)
      data.set(row % COPIED === 19 ? changed(data, random.below(row), dim, random) : madeVector(real, row, 0), row * dim)
    await store.append(some.map((row) => makeRow(row, data.slice(row * dim, (row + 1) * dim))))
  }
  return { dtype: 'float32', data, shape: [count, dim] }
}

/** A row with noise of up to a tenth of its length. */
function changed(data: Float32Array, row: number, dim: number, random: ReturnType<typeof createRandom>): Float32Array {
  const vector = data.slice(row * dim, (row + 1) * dim)
  const most = (0.1 * random.uniform() * Math.hypot(...vector) * Math.sqrt(3)) / Math.sqrt(dim)
  return vector.map((value) => value + random.uniform(-most, most))
}

/** Seconds, seconds of the processor, most memory in MB, and the machine's load, of the command in a process of its own. */
function figuresOf(cwd: string, args: readonly string[]): string[] {
  const { seconds, processor, peak } = measureCommand(cwd, args)
  return [seconds.toFixed(1), processor.toFixed(1), (peak / 1e6).toFixed(0), loadavg()[0]!.toFixed(1)]
}

/** Compares the pairs of some rows that sketches find with those of comparing all. */
async function recallOf(vectors: Tensor): Promise<string> {
  const white = whiten(vectors)
  const key = ({ one, other }: { readonly one: number; readonly other: number }): string => `${one} ${other}`
  const exact = (await pairsAcross(white, COMPARED, { threshold: 0.7 })).map(key)
  const sketched = new Set((await pairsAcross(white, COMPARED, { threshold: 0.7, sketch: true })).map(key))
  const found = exact.filter((pair) => sketched.has(pair)).length
  return `Of ${exact.length} pairs of ${COMPARED} rows with all others, sketches find ${((100 * found) / exact.length).toFixed(2)} %.`
}
