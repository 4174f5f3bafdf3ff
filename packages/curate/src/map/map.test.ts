import { tensor, type Tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { describe, expect, test } from 'vitest'
import { mapPage } from './map-page.ts'
import { mapRows } from './map-rows.ts'

const [BLOBS, EACH, DIM] = [4, 10, 16]

/** Blobs, one row of each in turn. */
function makeRows(): Tensor {
  const random = createRandom(6)
  const centers = Array.from({ length: BLOBS * DIM }, () => random.uniform(-1, 1))
  const data = Float32Array.from({ length: BLOBS * EACH * DIM }, (_, at) => {
    const [row, i] = [Math.floor(at / DIM), at % DIM]
    return centers[(row % BLOBS) * DIM + i]! + random.uniform(-0.3, 0.3)
  })
  return tensor('float32', data, [BLOBS * EACH, DIM])
}

/** Share of the five nearest places that are of the same blob. */
function agreement(places: Float32Array, blobOf: (place: number) => number): number {
  const count = places.length / 2
  const squareTo = (one: number, other: number): number =>
    (places[2 * one]! - places[2 * other]!) ** 2 + (places[2 * one + 1]! - places[2 * other + 1]!) ** 2
  let same = 0
  for (let one = 0; one < count; one++) {
    const others = Array.from({ length: count }, (_, other) => other).filter((other) => other !== one)
    others.sort((a, b) => squareTo(one, a) - squareTo(one, b))
    same += others.slice(0, 5).filter((other) => blobOf(other) === blobOf(one)).length
  }
  return same / count / 5
}

/** Correlation of the distances of places and of their numbers: 1 on a straight line. */
function stretch(places: Float32Array): number {
  const pairs: [number, number][] = []
  for (let one = 0; 2 * one < places.length; one++) {
    for (let other = 0; other < one; other++)
      pairs.push([one - other, Math.hypot(places[2 * one]! - places[2 * other]!, places[2 * one + 1]! - places[2 * other + 1]!)])
  }
  const mean = (of: (pair: [number, number]) => number): number => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length
  const [a, b] = [mean(([first]) => first), mean(([, second]) => second)]
  const along = mean(([first, second]) => (first - a) * (second - b))
  return along / Math.sqrt(mean(([first]) => (first - a) ** 2) * mean(([, second]) => (second - b) ** 2))
}

describe('mapRows', () => {
  test('places like with like by UMAP, and the same for a seed', async () => {
    const rows = makeRows()
    const { places, method, rows: placed } = await mapRows(rows)
    expect([method, placed.length, places.length]).toEqual(['umap', 40, 80])
    expect(agreement(places, (row) => row % BLOBS)).toBeGreaterThan(0.95)
    expect(await mapRows(rows, { seed: 0 })).toEqual({ method, rows: placed, places })
    expect((await mapRows(rows, { seed: 1 })).places).not.toEqual(places)
  })

  test('lays out a curve by UMAP without tearing it', async () => {
    const random = createRandom(2)
    const data = Float32Array.from({ length: 40 * DIM }, (_, at) => {
      const [angle, i] = [(Math.floor(at / DIM) / 40) * 3, at % DIM]
      return (i === 0 ? Math.cos(angle) : i === 1 ? Math.sin(angle) : 0) + random.uniform(-0.02, 0.02)
    })
    expect(stretch((await mapRows(tensor('float32', data, [40, DIM]))).places)).toBeGreaterThan(0.9)
  })

  test('draws rows where there are more than UMAP is to place, and says which', async () => {
    const { places, rows } = await mapRows(makeRows(), { most: 30 })
    expect([rows.length, places.length, new Set(rows).size]).toEqual([30, 60, 30])
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
    expect(agreement(places, (place) => rows[place]! % BLOBS)).toBeGreaterThan(0.9)
  })

  test('places no rows, one, a few, and rows that are all equal', async () => {
    const equal = (count: number): Tensor => tensor('float32', new Float32Array(count * DIM).fill(0.5), [count, DIM])
    for (const count of [0, 1, 3, 19]) {
      const { places, method, explained } = await mapRows(equal(count))
      expect([method, places.every((place) => Math.abs(place) < 1e-5), explained]).toEqual(['pca', true, [0, 0]])
    }
    const { places } = await mapRows(equal(4), { method: 'umap' })
    expect([places.length, places.every(Number.isFinite)]).toEqual([8, true])
  })

  test('rejects UMAP of three rows, invalid numbers, NaN, and stops when it is canceled', async () => {
    const rows = makeRows()
    const three = tensor('float32', rows.data.slice(0, 3 * DIM), [3, DIM])
    await expect(mapRows(three, { method: 'umap' })).rejects.toMatchObject({ code: 'invalid-option' })
    for (const options of [{ neighbors: 1 }, { neighbors: NaN }, { most: 20_000 }, { most: 3 }, { seed: -1 }])
      await expect(mapRows(rows, options)).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(mapRows({ ...rows, data: rows.data.map((value, at) => (at === 20 ? NaN : value)) })).rejects.toMatchObject({
      code: 'tensor-invalid',
      message: expect.stringContaining('Row 1 has no direction.') as string,
    })
    await expect(mapRows(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('mapPage', () => {
  test('holds names that look like markup, and asks for nothing', () => {
    const html = mapPage({
      title: 'A & B',
      about: '$& <b>',
      points: [{ name: '</script><script>alert(1)</script>', x: 0, y: 0, values: { label: '<!--', split: undefined } }],
    })
    expect(html).not.toContain('alert(1)</script>')
    const json = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)![1]!
    expect(JSON.parse(json)).toMatchObject({
      title: 'A & B',
      about: '$& <b>',
      ids: ['</script><script>alert(1)</script>'],
      sheets: [],
      colorings: [{ name: 'label', values: ['<!--'] }],
    })
    expect(html).not.toMatch(/https?:|src="|href="(?!data:)/)
  })

  test('rejects an invalid place, and more points than a page can show', () => {
    expect(() => mapPage({ title: '', about: '', points: [{ name: 'a', x: NaN, y: 0 }] })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('a has no place.') as string }) as Error,
    )
    const points = new Array<{ name: string; x: number; y: number }>(100_001).fill({ name: 'a', x: 0, y: 0 })
    expect(() => mapPage({ title: '', about: '', points })).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error)
    expect(mapPage({ title: '', about: '', points: [] })).toContain('"ids":[]')
  })
})
