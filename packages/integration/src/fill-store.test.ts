import { createMemoryStore, fillStore, layoutFor, type ImageToStore, type StoreReport } from '@dinokit/store'
import { open, DinokitError, type ImageSource, type Pixels } from 'dinokit'
import { expect, test } from 'vitest'

const SIZE = { width: 28, height: 14 }

function image(number: number, changes: Partial<ImageToStore<ImageSource>> = {}): ImageToStore<ImageSource> {
  const data = Uint8Array.from({ length: 28 * 14 * 3 }, (_, i) => 128 + 127 * Math.sin(i * (number + 1)))
  const pixels: Pixels = { data, width: 28, height: 14 }
  return { id: `p${number}`, source: `p${number}`, image: pixels, hash: async () => `${number}`.padStart(64, '0'), ...changes }
}

async function outcomes(reports: AsyncIterable<StoreReport<ImageSource>>): Promise<string[]> {
  const all: string[] = []
  for await (const { image, outcome, error } of reports) all.push(`${image.id} ${outcome ?? error.code}`)
  return all
}

test('keeps what embed gives, skips known images, replaces changed ones, and names failures', async () => {
  await using vision = await open({ size: SIZE, layers: [3], attention: [12] })
  const layout = layoutFor(vision, { size: SIZE, layers: [3], attention: [12], patches: true, patchMean: true })
  await using store = createMemoryStore(layout)
  const broken = image(9, { image: { data: new Uint8Array(3), width: 28, height: 14 } })
  const unreadable = image(8, { hash: () => Promise.reject(new DinokitError('file-not-found', 'There is no file.')) })
  const images = [image(0), image(1, { label: 'a' }), unreadable, broken, image(2), image(2)]
  expect((await outcomes(fillStore(vision, store, images, { batch: 2 }))).sort()).toEqual([
    'p0 added',
    'p1 added',
    'p2 added',
    'p2 invalid-option',
    'p8 file-not-found',
    'p9 image-unreadable',
  ])

  const tokens = await vision.embed(image(1).image)
  const { rows, tensors } = await store.get(['p1'])
  expect(rows[0]).toMatchObject({ label: 'a', placement: tokens.placement })
  expect(Object.keys(tensors).sort()).toEqual([
    'attention12',
    'cls',
    'layer3.cls',
    'layer3.patchMean',
    'layer3.patches',
    'patchMean',
    'patches',
  ])
  for (const [name, expected] of [
    ['cls', tokens.cls],
    ['layer3.patches', tokens.layers[3]!.patches],
    ['attention12', tokens.attention[12]!],
  ] as const) {
    expect(tensors[name]!.shape).toEqual([1, ...expected.shape])
    tensors[name]!.data.forEach((value, i) => expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-4))
  }
  const dim = tokens.cls.data.length
  tensors.patchMean!.data.forEach((value, i) =>
    expect(value).toBeCloseTo((tensors.patches!.data[i]! + tensors.patches!.data[dim + i]!) / 2, 5),
  )

  const again = [image(0), image(1, { label: 'b' }), image(2, { hash: async () => 'f'.repeat(64) })]
  expect((await outcomes(fillStore(vision, store, again))).sort()).toEqual(['p0 kept', 'p1 relabeled', 'p2 replaced'])
  expect((await store.get(['p1'])).tensors.cls!.data).toEqual(tensors.cls!.data)
  expect(await store.count()).toBe(3)

  const labels = async (): Promise<unknown> => (await store.get(['p1'])).rows[0]!.label
  expect(await outcomes(fillStore(vision, store, [image(1)]))).toEqual(['p1 kept'])
  expect(await labels()).toBe('b')
  expect(await outcomes(fillStore(vision, store, [image(1, { split: 'val' })]))).toEqual(['p1 relabeled'])
  expect(await labels()).toBe('b')
  expect(await outcomes(fillStore(vision, store, [image(1)], { forgetLabels: true }))).toEqual(['p1 relabeled'])
  expect(await labels()).toBeUndefined()
})

/** Two pixels, green and red, as a PNG file; and its sha256, by sha256sum. */
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQImWPgOiF3gksOAActAeGxiHkCAAAAAElFTkSuQmCC'
const PNG_HASH = '862dc67ffee6668d52b89dfb55df6ac0b94abc40ec32c281e5c6954660b5d950'

test('makes the hash of an image that does not say it: its file’s, or that of its pixels, the same in every runtime', async () => {
  await using vision = await open({ size: SIZE })
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE }))
  const bare = (number: number, of = number): ImageToStore<ImageSource> => ({
    id: `p${number}`,
    source: `p${number}`,
    image: image(of).image,
  })
  const file: ImageToStore<ImageSource> = { id: 'file', source: 'file', image: PNG }
  const bytes = { id: 'bytes', source: 'bytes', image: Uint8Array.from(atob(PNG.split(',')[1]!), (letter) => letter.charCodeAt(0)) }
  const empty = { id: 'empty', source: 'empty', image: 'data:image/png;base64,' }
  const all = [bare(0), bare(1), file, bytes, empty]
  const looks: string[] = []
  expect((await outcomes(fillStore(vision, store, all, { onLook: ({ id }) => looks.push(id) }))).sort()).toEqual([
    'bytes added',
    'empty image-unreadable',
    'file added',
    'p0 added',
    'p1 added',
  ])
  expect(looks.slice(0, 4)).toEqual(['p0', 'p1', 'file', 'bytes'])
  const { rows } = await store.get(['file', 'bytes', 'p0'], { fields: ['hash'], tensors: [] })
  expect(rows.map(({ hash }) => hash)).toEqual([PNG_HASH, PNG_HASH, '278c60a259010b9da1f0dfbeea9e8b2cda113c028c1cda437128a10cbbf0f283'])
  expect((await outcomes(fillStore(vision, store, [bare(0), bare(1, 7), file]))).sort()).toEqual(['file kept', 'p0 kept', 'p1 replaced'])
})

test('rejects another size as another model’s, and keeps what was seen when it is canceled', async () => {
  await using vision = await open({ size: SIZE })
  await using other = createMemoryStore(layoutFor(vision, { size: 28 }))
  await expect(outcomes(fillStore(vision, other, [image(0)]))).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE }))
  const abort = new AbortController()
  const images = function* (): Generator<ImageToStore<ImageSource>> {
    for (let number = 0; number < 400; number++) yield image(number)
  }
  const filling = (async () => {
    for await (const { outcome } of fillStore(vision, store, images(), { signal: abort.signal })) if (outcome) abort.abort()
  })()
  await expect(filling).rejects.toMatchObject({ code: 'aborted' })
  expect(await store.count()).toBeGreaterThan(0)
  expect(await store.count()).toBeLessThan(400)
})

test('keeps CLS attention and the tokens of the mirrored image where they are asked for', async () => {
  await using vision = await open({ size: SIZE, attention: [11, 12] })
  const layout = layoutFor(vision, { size: SIZE, attention: [12], classAttention: [11, 12], patches: true, mirrored: true })
  await using store = createMemoryStore(layout)
  const broken = image(9, { image: { data: new Uint8Array(3), width: 28, height: 14 } })
  const all = [image(0), broken, image(1)]
  expect((await outcomes(fillStore(vision, store, all))).sort()).toEqual(['p0 added', 'p1 added', 'p9 image-unreadable'])
  const { tensors } = await store.get(['p1'])
  expect(Object.keys(tensors).sort()).toEqual(
    [
      ...['attention12', 'cls', 'layer11.classAttention', 'layer12.classAttention', 'patches'],
      ...['mirrored.layer11.classAttention', 'mirrored.layer12.classAttention', 'mirrored.patches', 'mirrored.cls'],
    ].sort(),
  )
  // Two patches beside each other: after the class token, of whose row they are the last.
  const { heads } = vision.card.architecture
  const tokens = 3 + vision.card.architecture.registers
  expect(tensors['layer12.classAttention']!.shape).toEqual([1, heads, 1, 2])
  const whole = tensors.attention12!.data
  const wanted = Array.from({ length: heads }, (_, head) => [2, 1].map((back) => 2 * whole[head * tokens * tokens + tokens - back]!)).flat()
  tensors['layer12.classAttention']!.data.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 6))
  // The input is as large as the image, so that the mirrored one is that of the mirrored image.
  const { data } = image(1).image as Pixels
  const mirrored = Uint8Array.from(data, (_, i) => data[Math.floor(i / 84) * 84 + 3 * (27 - (Math.floor(i / 3) % 28)) + (i % 3)]!)
  const { cls, patches } = await vision.embed({ data: mirrored, width: 28, height: 14 })
  tensors['mirrored.patches']!.data.forEach((value, i) => expect(Math.abs(value - patches.data[i]!)).toBeLessThan(1e-4))
  tensors['mirrored.cls']!.data.forEach((value, i) => expect(Math.abs(value - cls.data[i]!)).toBeLessThan(1e-4))
})

test('lets a row follow its image by content where its old place is empty, and looks at nothing again', async () => {
  await using vision = await open({ size: SIZE })
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE, patches: true }))
  await outcomes(fillStore(vision, store, [image(0), image(1), image(2, { label: 'a' }), image(3)]))
  const before = await store.get(['p1', 'p2'])
  // What could not be looked at shows that it was not.
  const unread = (number: number, changes: Partial<ImageToStore<ImageSource>>): ImageToStore<ImageSource> =>
    image(number, { image: { data: new Uint8Array(3), width: 28, height: 14 }, ...changes })
  const gone = new Set(['p1', 'p2'])
  const options = { isGone: async (source: string) => gone.has(source) }
  const moved = [
    unread(1, { id: 'new/p1', source: 'new/p1', label: 'b' }),
    // A copy: the other is where it was.
    unread(0, { id: 'new/p0', source: 'new/p0' }),
    // Two of one content, for one row.
    unread(2, { id: 'new/p2', source: 'new/p2' }),
    unread(2, { id: 'again/p2', source: 'again/p2' }),
  ]
  expect((await outcomes(fillStore(vision, store, moved, options))).sort()).toEqual([
    'again/p2 image-unreadable',
    'new/p0 image-unreadable',
    'new/p1 relabeled',
    'new/p2 relabeled',
  ])
  expect(await store.count()).toBe(4)
  const after = await store.get(['new/p1', 'new/p2'])
  expect(after.rows[0]).toMatchObject({ source: 'new/p1', label: 'b', hash: '1'.padStart(64, '0') })
  expect(after.tensors).toEqual(before.tensors)

  // Another image comes, much later, under the id that a row gives up.
  gone.add('p3')
  const unreadable = Array.from({ length: 200 }, (_, number) =>
    image(8, { id: `x${number}`, hash: () => Promise.reject(new DinokitError('file-not-found', 'There is no file.')) }),
  )
  const later = [unread(3, { id: 'new/p3', source: 'new/p3' }), ...unreadable, image(7, { id: 'p3', source: 'p3' })]
  const said = await outcomes(fillStore(vision, store, later, options))
  expect(said.filter((one) => !one.startsWith('x'))).toEqual(['new/p3 relabeled', 'p3 added'])
  expect((await store.get(['new/p3', 'p3'], { fields: ['hash'], tensors: [] })).rows).toEqual(
    [3, 7].map((number) => ({ hash: `${number}`.padStart(64, '0') })),
  )
  const third = await vision.embed(image(3).image)
  const kept = (await store.get(['new/p3'])).tensors.cls!.data
  kept.forEach((value, i) => expect(Math.abs(value - third.cls.data[i]!)).toBeLessThan(1e-4))

  // Without being told that it is gone, an image elsewhere is another.
  expect(await outcomes(fillStore(vision, store, [image(0, { id: 'copy', source: 'copy' })]))).toEqual(['copy added'])
})

test('labels of many are written in one call of the store, also when the work is canceled', async () => {
  await using vision = await open({ size: SIZE })
  await using store = createMemoryStore(layoutFor(vision, { size: SIZE }))
  const relabeled: number[] = []
  const counting = {
    ...store,
    relabel: (changes: Parameters<typeof store.relabel>[0]) => (relabeled.push(changes.length), store.relabel(changes)),
  }
  const all = Array.from({ length: 300 }, (_, number) => image(number % 2, { id: `p${number}`, source: `p${number}` }))
  const { rows, tensors } = await (async () => {
    await outcomes(fillStore(vision, store, all.slice(0, 2)))
    return store.get(['p0', 'p1'])
  })()
  const dim = tensors.cls!.data.length / 2
  await store.append(
    all.slice(2).map(({ id, source }, index) => ({
      ...rows[index % 2]!,
      id,
      source,
      tensors: { cls: { dtype: 'float32', data: tensors.cls!.data.slice((index % 2) * dim, ((index % 2) + 1) * dim), shape: [dim] } },
    })),
  )
  const labeled = all.map((one) => ({ ...one, split: 'train' }))
  expect(new Set((await outcomes(fillStore(vision, counting, labeled))).map((said) => said.split(' ')[1]))).toEqual(new Set(['relabeled']))
  expect(relabeled).toEqual([300])
  const abort = new AbortController()
  const stopping = function* (): Generator<ImageToStore<ImageSource>> {
    for (const [index, one] of labeled.entries()) {
      if (index === 200) abort.abort()
      yield { ...one, split: 'val' }
    }
  }
  await expect(outcomes(fillStore(vision, counting, stopping(), { signal: abort.signal }))).rejects.toMatchObject({ code: 'aborted' })
  expect(relabeled).toEqual([300, 128])
  expect(await store.count({ split: 'val' })).toBe(128)
})
