import { regionToken } from '@dinokit/analysis'
import type { Tensor, Vision } from '@dinokit/core'
import { writeFileAtomic, type ImageSource } from '@dinokit/runtime-node'
import {
  assertPatches,
  assertSameFingerprint,
  queryFrom,
  searchPatches,
  type Neighbor,
  type PatchNeighbor,
  type SearchIndex,
  type Store,
} from '@dinokit/store'
import { open } from 'dinokit'
import { openStore, rowsDone } from '../../input/open-store.ts'
import { openOptions } from '../../options/image-options.ts'
import type { SearchCommandOptions } from '../../options/stores/search-options.ts'
import { rowsOf } from '../../options/stores/store-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { describeIndex } from '../../output/store-info.ts'
import { reporting } from '../../output/reporting.ts'
import { searchImages } from '../../output/tell-search.ts'

/** Fields that are told of neighbors. */
const TOLD = ['id', 'source', 'label', 'split'] as const
type Told = (typeof TOLD)[number]
/** Queries that are looked for at once. */
const TOGETHER = 64

/** Searches a store for each of some images, or for what the images of --like have in common, and tells what was found. */
export async function searchStore(context: CommandContext, named: readonly string[], options: SearchCommandOptions): Promise<void> {
  const { output, signal } = context
  const { like, unlike } = options
  const images = named.length === 0 ? [] : (await searchImages(output, named, false)).images.map(({ source }) => source)
  const title = [...images.slice(0, 1), ...like].join(' + ') + unlike.map((image) => ` - ${image}`).join('')
  await reporting(context, images.length > 1 ? options.store : title, async () => {
    await using store: Store = await openStore(options.store)
    if (options.region) assertPatches(store)
    await using vision = await openVision(context, store, options)
    const examples = { like: await embedAll(vision, like, signal), unlike: await embedAll(vision, unlike, signal) }
    const index = options.approximate ? await store.searchIndex(rowsOf(options)) : undefined
    const searching: Searching = { context, store, vision, options, ...(index && { index }) }
    const waiting: Query[] = []
    if (images.length === 0) waiting.push({ name: title, drawn: like[0]!, vector: queryOf(options, examples) })
    for await (const { index, tokens, error } of vision.stream(images, { signal })) {
      const image = images[index]!
      await reporting(context, image, async () => {
        if (error) throw error
        const name = images.length > 1 ? image : title
        if (options.region) return tellPatches(searching, { name, drawn: image, vector: regionToken(tokens, options.region) })
        waiting.push({ name, drawn: image, vector: queryOf(options, { ...examples, like: [tokens.embedding, ...examples.like] }) })
        if (waiting.length === TOGETHER) await tellNeighbors(searching, waiting.splice(0))
      })
    }
    await tellNeighbors(searching, waiting)
  })
}

interface Searching {
  readonly context: CommandContext
  readonly store: Store
  readonly vision: Vision<ImageSource>
  readonly options: SearchCommandOptions
  /** Index that the search goes by; not there where it was not to be approximate. */
  readonly index?: SearchIndex
}

interface Query {
  /** The input that it is told as. */
  readonly name: string
  /** The image that is drawn beside its neighbors. */
  readonly drawn: string
  readonly vector: Tensor
}

async function openVision({ output, signal }: CommandContext, store: Store, options: SearchCommandOptions): Promise<Vision<ImageSource>> {
  const { fingerprint, size } = store.layout
  // Images are decoded as those of the store were.
  const decode = fingerprint.preprocessing.startsWith('fast-') ? 'fast' : 'exact'
  const opening = openOptions({ ...options, model: options.model ?? fingerprint.model, decode })
  const vision = await open({ ...opening, size, onProgress: output.onProgress, signal })
  try {
    for (const note of assertSameFingerprint(store.name, fingerprint, vision.fingerprint(), vision)) output.note(`${store.name}: ${note}`)
    return vision
  } catch (error) {
    await vision.dispose()
    throw error
  }
}

/** Embeds examples; one that fails fails the search. */
async function embedAll(vision: Vision<ImageSource>, images: readonly string[], signal: AbortSignal): Promise<Tensor[]> {
  const vectors: Tensor[] = []
  for (const image of images) vectors.push((await vision.embed(image, { signal })).embedding)
  return vectors
}

/** The vector of one image as it is, of several what they have in common. */
function queryOf(
  { unlikeWeight }: SearchCommandOptions,
  { like, unlike }: { readonly like: readonly Tensor[]; readonly unlike: readonly Tensor[] },
): Tensor {
  if (like.length === 1 && unlike.length === 0) return like[0]!
  return queryFrom({ like, unlike, ...(unlikeWeight !== undefined && { unlikeWeight }) })
}

async function tellNeighbors(searching: Searching, queries: readonly Query[]): Promise<void> {
  const { context, store, options } = searching
  const { top, approximate, diverse } = options
  const found = await store.searchMany(
    queries.map(({ vector }) => vector),
    { top, fields: TOLD, approximate, ...(diverse !== undefined && { diversity: diverse }), ...rowsOf(options), signal: context.signal },
  )
  for (const [i, query] of queries.entries()) await tell(searching, query, found[i]!)
}

async function tellPatches(searching: Searching, query: Query): Promise<void> {
  const { context, store, options } = searching
  const { output, signal } = context
  const found = await searchPatches(store, query.vector, {
    top: options.top,
    fields: TOLD,
    ...rowsOf(options),
    onProgress: rowsDone(output),
    signal,
  })
  output.end()
  await tell(searching, query, found)
}

async function tell(
  { context: { output, signal }, options: { out, region }, index }: Searching,
  { name, drawn }: Query,
  neighbors: readonly (Neighbor<Told> | PatchNeighbor<Told>)[],
): Promise<void> {
  if (out !== undefined) {
    const { contactSheet } = await import('../../draw/contact-sheet.ts')
    await writeFileAtomic(out, [await contactSheet({ source: drawn, region }, neighbors)], signal)
  }
  const found = neighbors.map(({ id, source, similarity, label, split, ...rest }) => ({
    id,
    source,
    similarity,
    label,
    split,
    ...('region' in rest && { region: rest.region }),
  }))
  const lines = found.map(({ similarity, id, label, region: at }) => {
    const where = at ? `  at ${at.left},${at.top},${at.width},${at.height}` : ''
    return `  ${similarity.toFixed(3)}  ${id}${label === undefined ? '' : `  (${label})`}${where}`
  })
  if (found.length === 0) output.note('The store has no such rows.')
  const about = { ...(index && { index }), ...(out !== undefined && { out }) }
  const said = [out === undefined ? name : `${name} -> ${out}`, ...(index && index.kind !== 'flat' ? [`  (${describeIndex(index)})`] : [])]
  output.result(name, index || out !== undefined ? { neighbors: found, ...about } : found, [...said, ...lines].join('\n'))
}
