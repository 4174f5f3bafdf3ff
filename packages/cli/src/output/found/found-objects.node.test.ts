import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { csvFile, geoJsonFile, runLengths } from './found-objects.ts'

test('counts runs column by column, zeros first', () => {
  const box = { left: 0, top: 0, width: 2, height: 2 }
  expect(runLengths(tensor('bool', Uint8Array.of(1, 0, 0, 1, 1, 0), [2, 3]), box)).toEqual([0, 2, 1, 1, 2])
  expect(runLengths(tensor('bool', new Uint8Array(4), [2, 2]), box)).toEqual([4])
  // A box at each corner, in the middle, and all of it: ones where their runs say so.
  for (const [left, top, width, height] of [
    [0, 0, 2, 2],
    [3, 0, 2, 4],
    [0, 3, 5, 1],
    [3, 2, 2, 2],
    [1, 1, 2, 2],
    [0, 0, 5, 4],
  ] as const) {
    const data = Uint8Array.from({ length: 20 }, (_, i) => {
      const [x, y] = [i % 5, Math.floor(i / 5)]
      return Number(x >= left && x < left + width && y >= top && y < top + height && (x + y !== 3 || width === 5))
    })
    const runs = runLengths(tensor('bool', data, [4, 5]), { left, top, width, height })
    const told = runs.flatMap((run, i) => new Array<number>(run).fill(i % 2))
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => data[(i % 4) * 5 + Math.floor(i / 4)]))
  }
})

test('quotes names of images in tables', () => {
  const object = { mask: tensor('bool', Uint8Array.of(1), [1, 1]), box: { left: 0, top: 0, width: 1, height: 1 }, area: 1, score: 0.5 }
  const found = { source: 'a "b", c.jpg', size: { width: 1, height: 1 }, objects: [object] }
  expect(csvFile([found])).toBe('image,left,top,width,height,area,score\n"a ""b"", c.jpg",0,0,1,1,1,0.5000\n')
})

test('outlines objects in pixels, with holes: a pixel’s center is inside where the mask has it', async () => {
  const rows = ['..###.', '.#.##.', '.####.', '......', '#.....']
  const mask = tensor(
    'bool',
    Uint8Array.from(rows.join(''), (pixel) => Number(pixel === '#')),
    [5, 6],
  )
  const about = {
    source: 'a.jpg',
    size: { width: 6, height: 5 },
    objects: [{ mask, box: { left: 0, top: 0, width: 5, height: 5 }, area: 11, score: 0.5 }],
  }
  const { type, features } = JSON.parse(await geoJsonFile([about]))
  expect([type, features[0].bbox, features[0].properties]).toEqual([
    'FeatureCollection',
    [0, 0, 5, 5],
    { image: 'a.jpg', width: 6, height: 5, units: 'pixels', area: 11, score: 0.5 },
  ])
  const { type: kind, coordinates } = features[0].geometry as { type: string; coordinates: [number, number][][][] }
  expect([kind, coordinates.length]).toEqual(['MultiPolygon', 2])
  rows.forEach((row, y) =>
    Array.from(row).forEach((pixel, x) => expect(isInside(coordinates, x + 0.5, y + 0.5), `${x},${y}`).toBe(pixel === '#')),
  )
})

/** Whether a ray from a point crosses outlines an odd number of times. */
function isInside(polygons: readonly (readonly [number, number][])[][], x: number, y: number): boolean {
  let inside = false
  for (const ring of polygons.flat()) {
    for (let i = 1; i < ring.length; i++) {
      const [[x1, y1], [x2, y2]] = [ring[i - 1]!, ring[i]!]
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside
    }
  }
  return inside
}
