import type { DinokitError, Vision } from '@dinokit/core'
import { isFileGone, shareOut, type ImagesToStore, type SplitShare } from '@dinokit/image-files'
import type { ImageSource } from '@dinokit/runtime-node'
import { fillStore, type ImageToStore, type Store, type StoreOutcome } from '@dinokit/store'
import { openStore, rowsDone } from '../../input/open-store.ts'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { passedOverOf } from '../../output/tell-search.ts'
import { pruneRows } from '../prune-rows.ts'
import { layoutOf, openFor } from './open-for-index.ts'

/** Number of images by what became of them. */
type Counts = Record<StoreOutcome | 'failed', number>

/**
 * Fills a store with images, tells what became of each, and prunes rows where that is asked for.
 *
 * @param context - of the command
 * @param folders - that were given
 * @param found - the images in them
 * @param options - of the command
 * @throws DinokitError those of models and stores, `aborted`
 */
export async function indexImages(
  context: CommandContext,
  folders: readonly string[],
  found: ImagesToStore,
  options: IndexOptions,
): Promise<void> {
  const { output } = context
  await using vision = await openFor(context, options)
  await using store: Store = await openStore(options.store, {
    layout: layoutOf(vision, options),
    allowPrecision: options.allowPrecision ?? false,
    onProgress: rowsDone(output),
  })
  const { counts, labeled } = await fill(context, { vision, store }, found, options)
  const pruned = options.prune ? await pruneRows(output, store, folders, options.yes) : {}
  const rows = await store.count()
  const { labelsWithoutImage: bare, passedOver } = found
  const said = Object.entries({ ...counts, ...pruned }).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
  output.report(
    options.store,
    { rows, ...counts, ...pruned, ...passedOverOf(passedOver), ...(bare.length > 0 && { labelsWithoutImage: bare.length }) },
    `${options.store}: ${rows} rows; ${said.join(', ')}`,
  )
  output.note(`Next: dinokit ${labeled ? 'train classify' : 'search IMAGE'} --store ${options.store}`)
}

/** Looks at the images that the store lacks, and tells what became of each. */
async function fill(
  { output, signal }: CommandContext,
  { vision, store }: { readonly vision: Vision<ImageSource>; readonly store: Store },
  found: ImagesToStore,
  options: IndexOptions,
): Promise<{ readonly counts: Counts; readonly labeled: boolean }> {
  const counts: Counts = { added: 0, replaced: 0, relabeled: 0, kept: 0, failed: 0 }
  const fail = (name: string, error: DinokitError): void => {
    counts.failed++
    output.failure(name, error)
  }
  const names = new Map<string, string>()
  const images: ImageToStore<ImageSource>[] = []
  for (const { name, image, error } of found.images) {
    if (error) fail(name, error)
    else {
      names.set(image.source, name)
      images.push(image)
    }
  }
  const { labelsWithoutImage: bare } = found
  if (bare.length > 0) output.note(`${options.labels} has labels of images that are not there: ${bare.length}, such as ${bare[0]}.`)
  for (const name of bare) output.detail(name, { outcome: 'no image' }, `no image ${name}`)
  const shared = options.split?.shares && (await withShares(store, images, options.split.shares))
  // Rows are reported in groups, once they are safe: the bar goes by what was looked at.
  const done = new Set<string>()
  const onLook = ({ id }: { readonly id: string }): void => output.advance(done.add(id).size, images.length)
  output.advance(0, images.length)
  const looked = fillStore(vision, store, shared ?? images, {
    ...(options.batch !== undefined && { batch: options.batch }),
    forgetLabels: options.forgetLabels,
    isGone: isFileGone,
    onLook,
    onNote: (note) => output.note(note),
    signal,
  })
  for await (const { image, outcome, error } of looked) {
    const name = names.get(image.source)!
    if (error) fail(name, error)
    else {
      counts[outcome]++
      output.detail(name, { id: image.id, outcome }, `${outcome} ${name}`)
    }
    onLook(image)
  }
  output.end()
  return { counts, labeled: images.some(({ label }) => label !== undefined) }
}

/** Images with their splits, in which those that are in the store already stay where that can be. */
async function withShares(
  store: Store,
  images: readonly ImageToStore<ImageSource>[],
  shares: readonly SplitShare[],
): Promise<ImageToStore<ImageSource>[]> {
  const stored: Pick<ImageToStore<ImageSource>, 'id' | 'label' | 'split'>[] = []
  for await (const { rows } of store.iterate({ fields: ['id', 'label', 'split'], tensors: [], batch: 4096 })) stored.push(...rows)
  const splits = shareOut(shares, images, stored)
  return images.map((image) => ({ ...image, split: splits.get(image.id)! }))
}
