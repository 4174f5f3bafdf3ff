import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { csvFile, geoJsonFile, runLengths } from './found-objects.ts'

test('counts runs column by column, zeros first', () => {
  expect(runLengths(tensor('bool', Uint8Array.of(1, 0, 0, 1, 1, 0), [2, 3]))).toEqual([0, 2, 1, 1, 2])
  expect(runLengths(tensor('bool', new Uint8Array(4), [2, 2]))).toEqual([4])
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
