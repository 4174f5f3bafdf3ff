import { describe, expect, test } from 'vitest'
import { shareOut, type ImageToShare, type SplitShare } from './share-out.ts'

const EIGHTY: readonly SplitShare[] = [
  { name: 'train', share: 80 },
  { name: 'val', share: 20 },
]
const images = (label: string, count: number, from = 0): ImageToShare[] =>
  Array.from({ length: count }, (_, index) => ({ id: `photos/${label}/${from + index}.jpg`, label }))
const classes = (...counts: number[]): ImageToShare[] => counts.flatMap((count, index) => images(`class ${index}`, count))

/** Counts the images of each split, in all and of each label: `train 96, val 24`. */
function counted(splits: ReadonlyMap<string, string>, of: readonly ImageToShare[] = []): string {
  const ids = of.length > 0 ? of.map(({ id }) => id) : [...splits.keys()]
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(splits.get(id)!, (counts.get(splits.get(id)!) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

/** Converts them to rows as a store has them once they were indexed. */
const storedAs = (all: readonly ImageToShare[], splits: ReadonlyMap<string, string>): ImageToShare[] =>
  all.map((image) => ({ ...image, split: splits.get(image.id)! }))

describe('shareOut, of images with labels,', () => {
  test('gives 96 and 24 of ten classes of twelve, and two or three of every class to the smaller split', () => {
    const all = classes(...Array.from({ length: 10 }, () => 12))
    const splits = shareOut(EIGHTY, all)
    expect(counted(splits)).toBe('train 96, val 24')
    for (let index = 0; index < 10; index++)
      expect(counted(splits, all.slice(12 * index, 12 * index + 12))).toMatch(/^train (9|10), val (3|2)$/)
  })

  test.each([
    [1, 'train 1'],
    [2, 'train 1, val 1'],
    [3, 'train 2, val 1'],
    [4, 'train 3, val 1'],
    [5, 'train 4, val 1'],
    [7, 'train 6, val 1'],
    [8, 'train 6, val 2'],
    [1000, 'train 800, val 200'],
  ])('gives a class of %i: %s', (count, expected) => {
    expect(counted(shareOut(EIGHTY, images('one', count)))).toBe(expected)
  })

  test('trains on classes of one image, however many there are', () => {
    expect(counted(shareOut([...EIGHTY].reverse(), classes(1, 1, 1, 1, 1, 1, 1)))).toBe('train 7')
    const few: SplitShare[] = [
      { name: 'test', share: 60 },
      { name: 'val', share: 30 },
      { name: 'train', share: 10 },
    ]
    expect(counted(shareOut(few, images('one', 2)))).toBe('test 1, train 1')
    expect(counted(shareOut(few, images('one', 3)))).toBe('test 1, train 1, val 1')
  })

  test('keeps every mix of class sizes within an image of its shares, and of the whole', () => {
    const shares: SplitShare[] = [
      { name: 'train', share: 7 },
      { name: 'val', share: 1.5 },
      { name: 'test', share: 1.5 },
    ]
    for (let seed = 1; seed <= 30; seed++) {
      const counts = Array.from({ length: 1 + (seed % 9) }, (_, index) => 7 + ((seed * 37 + index * 101) % 50))
      const all = classes(...counts)
      const splits = shareOut(shares, all)
      let start = 0
      for (const count of [...counts, undefined]) {
        const part = count === undefined ? all : all.slice(start, (start += count))
        for (const { name, share } of shares) {
          const found = part.filter(({ id }) => splits.get(id) === name).length
          expect(Math.abs(found - (share / 10) * part.length), `seed ${seed}, ${name} of ${part.length}`).toBeLessThan(
            count === undefined ? 2 : 1,
          )
        }
      }
    }
  })
})

describe('shareOut, when images come later,', () => {
  const first = classes(12, 5, 30)
  const before = shareOut(EIGHTY, first)

  test('keeps the splits of stored images, and fills up the shares with new ones', () => {
    const all = [...images('a new class', 6), ...classes(13, 9, 60)]
    const splits = shareOut(EIGHTY, all, storedAs(first, before))
    for (const { id } of first) expect(splits.get(id)).toBe(before.get(id))
    expect(counted(splits, all.slice(-60))).toBe('train 48, val 12')
  })

  test('holds also where only the newcomers are named, one at a time', () => {
    let stored = storedAs(first, before)
    for (let number = 0; number < 20; number++) {
      const [one] = images('class 0', 1, 12 + number)
      stored = [...stored, { ...one!, split: shareOut(EIGHTY, [one!], stored).get(one!.id)! }]
    }
    const splits = new Map(stored.map(({ id, split }) => [id, split!]))
    expect(
      counted(
        splits,
        stored.filter(({ label }) => label === 'class 0'),
      ),
    ).toMatch(/^train (25|26), val (7|6)$/)
  })

  test('splits the same images alike without the store and in another order, but for one of a class', () => {
    expect(shareOut(EIGHTY, [...first].reverse())).toEqual(new Map([...before].reverse()))
    const more = shareOut(EIGHTY, classes(13, 5, 30))
    expect(first.filter(({ id }) => more.get(id) !== before.get(id)).length).toBeLessThanOrEqual(3)
  })

  test('moves no more than other shares require', () => {
    const other = shareOut(
      EIGHTY.map(({ name }) => ({ name, share: 1 })),
      first,
      storedAs(first, before),
    )
    expect(counted(other)).toMatch(/^train 2[34], val 2[34]$/)
    for (const [id, split] of before) if (split === 'val') expect(other.get(id)).toBe('val')
  })
})

test('keeps and counts a split that the labels file gives', () => {
  const all = images('one', 10).map((image, index) => (index < 3 ? { ...image, split: 'val' } : image))
  const splits = shareOut(EIGHTY, all)
  expect(all.slice(0, 3).map(({ id }) => splits.get(id))).toEqual(['val', 'val', 'val'])
  expect(counted(splits)).toBe('train 7, val 3')
})

test('divides images without labels by their ids alone: about as the shares say, and the same whatever comes with them', () => {
  const all = images('x', 1000).map(({ id }) => ({ id }))
  const splits = shareOut(EIGHTY, all)
  const held = all.filter(({ id }) => splits.get(id) === 'val').length
  expect([held > 150, held < 250]).toEqual([true, true])
  expect(shareOut(EIGHTY, [all[17]!]).get(all[17]!.id)).toBe(splits.get(all[17]!.id))
})
