import { createHash } from 'node:crypto'

/** A split, and how much of the whole goes to it: in percent, or any other number that the others are to be compared with. */
export interface SplitShare {
  readonly name: string
  readonly share: number
}

/** The split of all images, or shares. */
export type SplitChoice =
  { readonly all: string; readonly shares?: never } | { readonly all?: never; readonly shares: readonly SplitShare[] }

/** Properties of an image that its split depends on. */
export interface ImageToShare {
  readonly id: string
  readonly label?: string
  /** Said by a labels file, or by the store: see {@link shareOut}. */
  readonly split?: string
}

/** Absorbs what divisions round. */
const TINY = 1e-9

/**
 * Shares images out among splits, the same way every time (docs/training.md has the rule). Those with a label: within each
 * label by the largest remainder, rounded so that all labels together come near to the shares too; each split has an image of
 * each label with as many images as there are splits, and of fewer images the training split gets the first. Those without a
 * label: by their ids alone. An image whose split is said keeps it; one that the store has in one of these splits stays there
 * while its label has no more there than its share, rounded up.
 *
 * @param shares - of different names
 * @param images - of different ids
 * @param stored - rows of the store, with their splits
 * @returns the split of every image, by id
 */
export function shareOut(
  shares: readonly SplitShare[],
  images: readonly ImageToShare[],
  stored: readonly ImageToShare[] = [],
): Map<string, string> {
  const total = shares.reduce((sum, { share }) => sum + share, 0)
  const parts = shares.map(({ name, share }) => ({ name, share: share / total }))
  const place = new Map(parts.map(({ name }, index) => [name, index]))
  const before = new Map(stored.map(({ id, split }) => [id, split]))
  const ids = new Set(images.map(({ id }) => id))
  const splits = new Map<string, string>()
  const labels = new Map<string, Members>()
  for (const { id, label, split } of [...images, ...stored.filter(({ id }) => !ids.has(id))]) {
    if (split !== undefined) splits.set(id, split)
    else if (label === undefined) splits.set(id, splitById(id, parts))
    if (label === undefined) continue
    const members = labels.get(label) ?? { held: parts.map(() => 0), kept: parts.map(() => []), free: [] }
    labels.set(label, members)
    const held = place.get(split ?? '')
    if (held !== undefined) members.held[held]!++
    if (split !== undefined || !ids.has(id)) continue
    const own = place.get(before.get(id) ?? '')
    if (own === undefined) members.free.push(id)
    else members.kept[own]!.push(id)
  }
  const carry = parts.map(() => 0)
  for (const [, members] of [...labels].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [id, split] of shareLabel(members, parts, carry)) splits.set(id, split)
  }
  return new Map(images.map(({ id }) => [id, splits.get(id)!]))
}

/** Images of one label. */
interface Members {
  /** Counts by split: how many can't be moved. */
  readonly held: number[]
  /** Ids by split: those that the store has there. */
  readonly kept: string[][]
  readonly free: string[]
}

/** Shares out one label's images, and adds what was rounded to `carry`. */
function shareLabel({ held, kept, free }: Members, parts: readonly SplitShare[], carry: number[]): [id: string, split: string][] {
  const count = [...held, ...kept.map(({ length }) => length), free.length].reduce((a, b) => a + b)
  const quotas = parts.map(({ share }) => share * count)
  const least = leastOf(parts, count)
  const staying = kept.map((ids, split) => {
    const most = Math.max(least[split]!, Math.ceil(quotas[split]! - TINY))
    return byHash(ids).slice(0, Math.max(0, most - held[split]!))
  })
  const stays = new Set(staying.flat())
  const moving = byHash([...free, ...kept.flat().filter((id) => !stays.has(id))])
  const filled = staying.map(({ length }, split) => length + held[split]!)
  const seats = parts.map(() => 0)
  while (seats.reduce((a, b) => a + b) < moving.length) {
    const split = nextSplit(filled, quotas, least, carry)
    seats[split]!++
    filled[split]!++
  }
  quotas.forEach((quota, split) => (carry[split]! += quota - filled[split]!))
  let at = 0
  const moved = seats.flatMap((number, split) => moving.slice(at, (at += number)).map((id): [string, string] => [id, parts[split]!.name]))
  return [...staying.flatMap((ids, split) => ids.map((id): [string, string] => [id, parts[split]!.name])), ...moved]
}

/** Returns the least that each split has of a label: one, and where there are too few images, in the order of their importance. */
function leastOf(parts: readonly SplitShare[], count: number): number[] {
  const order = [...parts.keys()].sort(
    (a, b) => Number(parts[b]!.name === 'train') - Number(parts[a]!.name === 'train') || parts[b]!.share - parts[a]!.share,
  )
  const first = new Set(order.slice(0, count))
  return parts.map((_, split) => Number(first.has(split)))
}

/** Whose turn it is: who lacks the least that there must be, else a whole image, else what the other labels left. */
function nextSplit(filled: readonly number[], quotas: readonly number[], least: readonly number[], carry: readonly number[]): number {
  const most = (lacks: (split: number) => number, of: readonly number[]): number =>
    of.reduce((best, split) => (lacks(split) > lacks(best) + TINY ? split : best))
  const all = [...filled.keys()]
  const missing = (split: number): number => quotas[split]! - filled[split]!
  const bare = all.filter((split) => filled[split]! < least[split]!)
  if (bare.length > 0) return most(missing, bare)
  const below = all.filter((split) => missing(split) >= 1 - TINY)
  if (below.length > 0) return most(missing, below)
  const open = all.filter((split) => missing(split) > TINY)
  return most((split) => missing(split) + carry[split]!, open.length > 0 ? open : all)
}

function byHash(ids: readonly string[]): string[] {
  const keys = new Map(ids.map((id) => [id, createHash('sha256').update(id).digest('hex')]))
  return [...ids].sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1))
}

function splitById(id: string, parts: readonly SplitShare[]): string {
  let left = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32
  for (const { name, share } of parts) if ((left -= share) < 0) return name
  return parts.at(-1)!.name
}
