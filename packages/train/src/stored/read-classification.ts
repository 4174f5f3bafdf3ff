import { fromFloat16 } from '@dinokit/checkpoint'
import { DinokitError, type Tensor } from '@dinokit/core'
import { firstBeyond, type Store } from '@dinokit/store'
import type { ClassificationExamples } from '../index.ts'
import { assertMirrored, embeddingIn, storedAs, storedLayers, storedName } from './stored-layers.ts'

/** Options of {@link readClassification}. */
export interface ReadClassificationOptions {
  /** Number of the model’s layers. */
  readonly depth: number
  /** Layers whose class tokens are read, the last one last. Default: all that the store holds. */
  readonly layers?: readonly number[]
  /** Rows of this split. Default: all. */
  readonly split?: string
  /** Names of the classes. Default: the labels that occur, sorted. */
  readonly classes?: readonly string[]
  /** Read what the store holds of the mirrored images too. Default false. */
  readonly mirrored?: boolean
  readonly signal?: AbortSignal
}

/** Examples with what the store says of them. */
export interface StoredClassification {
  readonly examples: ClassificationExamples
  /** Whose class tokens they have, the last one last. */
  readonly layers: readonly number[]
  /** sha256 of each example’s file. */
  readonly hashes: readonly string[]
  /** Rows that have no label, and were left out. */
  readonly unlabeled: number
}

/** Rows that are read at a time. */
const BATCH = 1024

/**
 * Reads class tokens, means of patches where the store holds them, and labels: what classifiers are trained on.
 *
 * @param store - stays the caller’s
 * @param options - layers, split, names of the classes
 * @throws DinokitError `tensor-missing` for a layer, or mirrored images, that the store lacks, `tensor-invalid` with the row’s
 *   id for tokens that are not finite, `label-invalid` where no row has a label or one has another class, `aborted`
 */
export async function readClassification(store: Store, options: ReadClassificationOptions): Promise<StoredClassification> {
  const { depth, split, mirrored = false, signal } = options
  const { layout } = store
  // Where the mean stands for an image, it is what class tokens are elsewhere: that of one layer, and nothing follows it.
  const alone = embeddingIn(layout) === 'mean'
  const layers = (options.layers ?? storedLayers(layout, 'cls', depth)).slice(alone ? -1 : 0)
  const dim = layout.tensors.cls![0]!
  const names = layers.map((layer) => storedName(layout, layer, alone ? 'patchMean' : 'cls', depth))
  const mean = alone
    ? undefined
    : [`layer${layers.at(-1)}.patchMean`, ...(layers.at(-1) === depth ? ['patchMean'] : [])].find((of) => of in layout.tensors)
  const read = [...names, ...(mean === undefined ? [] : [mean])]
  if (mirrored) assertMirrored(store, read)
  const sides = mirrored ? [false, true] : [false]
  const filter = split === undefined ? {} : { split }
  const count = await store.count(filter)
  const vectors = sides.map(() => ({
    cls: new Float32Array(count * names.length * dim),
    mean: new Float32Array(mean === undefined ? 0 : count * dim),
  }))
  const labels: string[] = []
  const hashes: string[] = []
  let seen = 0
  const tensors = sides.flatMap((side) => read.map((name) => storedAs(name, side)))
  for await (const batch of store.iterate({
    ...filter,
    tensors,
    fields: ['id', 'label', 'hash'],
    batch: BATCH,
    ...(signal && { signal }),
  })) {
    assertFinite(batch.tensors, batch.rows, store.name)
    batch.rows.forEach(({ label, hash }, row) => {
      seen++
      if (label === undefined) return
      const place = labels.push(label) - 1
      hashes.push(hash)
      for (const [index, side] of sides.entries()) {
        const of = vectors[index]!
        const vector = (name: string): Float32Array => rowOf(batch.tensors[storedAs(name, side)]!, row, dim)
        names.forEach((name, i) => of.cls.set(vector(name), (place * names.length + i) * dim))
        if (mean !== undefined) of.mean.set(vector(mean), place * dim)
      }
    })
  }
  if (labels.length === 0) throw withoutLabels(store.name, split, seen)
  const classes = options.classes ?? [...new Set(labels)].sort()
  const numbers = new Map(classes.map((name, index) => [name, index]))
  const found = vectors.map(({ cls, mean: means }) => ({
    cls: cls.subarray(0, labels.length * names.length * dim),
    ...(mean !== undefined && { mean: means.subarray(0, labels.length * dim) }),
  }))
  const examples: ClassificationExamples = {
    dim,
    classes,
    labels: Int32Array.from(labels, (label) => numbers.get(label) ?? unknownClass(label, classes)),
    ...found[0]!,
    ...(found[1] && { mirrored: found[1] }),
  }
  return { examples, layers, hashes, unlabeled: seen - labels.length }
}

/**
 * Refuses tokens that are not finite, with the name of their row.
 *
 * @param tensors - [rows] first
 * @param rows - whose they are
 * @param name - of the store
 * @throws DinokitError `tensor-invalid`
 */
export function assertFinite(
  tensors: Readonly<Record<string, Tensor | Tensor<'float16'>>>,
  rows: readonly { readonly id: string }[],
  name: string,
): void {
  for (const [part, { dtype, data }] of Object.entries(tensors)) {
    const bad = dtype === 'float16' ? data.findIndex((bits) => (bits & EXPONENT) === EXPONENT) : firstBeyond(data)
    if (bad < 0) continue
    const { id } = rows[Math.floor(bad / (data.length / rows.length))]!
    const value = String(dtype === 'float16' ? fromFloat16(data.slice(bad, bad + 1))[0] : data[bad])
    throw new DinokitError('tensor-invalid', `${id} has ${value} in ${part} of the store ${name}.`, {
      given: value,
      expected: 'finite numbers',
      hint: 'Look at the store with `dinokit store verify`, and index that image again.',
    })
  }
}

/** The bits of a half’s exponent: all of them are set where it is no finite number. */
const EXPONENT = 0x7c00

function rowOf({ data }: Tensor, row: number, dim: number): Float32Array {
  return data.subarray(row * dim, (row + 1) * dim)
}

function withoutLabels(name: string, split: string | undefined, rows: number): DinokitError {
  const of = split === undefined ? '' : ` of the split ${split}`
  return new DinokitError(
    'label-invalid',
    rows === 0 ? `${name} has no rows${of}.` : `None of the ${rows} rows${of} of ${name} has a label.`,
    {
      given: `${rows} rows`,
      expected: 'rows with labels',
      hint: 'Index the images with --labels-from-folders or --labels; `dinokit store info` says what there is.',
    },
  )
}

function unknownClass(label: string, classes: readonly string[]): never {
  throw new DinokitError('label-invalid', `The label ${label} is none of the classes.`, { given: label, expected: classes.join(', ') })
}
