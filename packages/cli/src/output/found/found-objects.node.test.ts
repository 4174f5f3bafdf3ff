import { tensor } from '@dinokit/core'
import { expect, test } from 'vitest'
import { csvFile, runLengths } from './found-objects.ts'

test('counts runs column by column, zeros first', () => {
  expect(runLengths(tensor('bool', Uint8Array.of(1, 0, 0, 1, 1, 0), [2, 3]))).toEqual([0, 2, 1, 1, 2])
  expect(runLengths(tensor('bool', new Uint8Array(4), [2, 2]))).toEqual([4])
})

test('quotes names of images in tables', () => {
  const object = { mask: tensor('bool', Uint8Array.of(1), [1, 1]), box: { left: 0, top: 0, width: 1, height: 1 }, area: 1, score: 0.5 }
  const found = { source: 'a "b", c.jpg', size: { width: 1, height: 1 }, objects: [object] }
  expect(csvFile([found])).toBe('image,left,top,width,height,area,score\n"a ""b"", c.jpg",0,0,1,1,1,0.5000\n')
})
