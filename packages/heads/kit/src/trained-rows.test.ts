import { expect, test } from 'vitest'
import { countTrainedRows, describeTrainedRows } from './trained-rows.ts'

/** Makes hashes that are as evenly spread as those of sha256. */
const hash = (number: number): string => (Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').padEnd(64, 'a')
const hashes = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => hash(from + index))

test('knows which images trained a head', () => {
  const trained = describeTrainedRows(hashes(0, 100))
  expect(trained).toMatchObject({ rows: 100, sample: expect.stringMatching(/^[0-9a-f]{800}$/) })
  expect(countTrainedRows(trained, hashes(0, 100))).toEqual({ count: 100, exact: true })
  expect(countTrainedRows(trained, hashes(90, 20))).toEqual({ count: 10, exact: true })
  expect(countTrainedRows(trained, hashes(100, 500))).toEqual({ count: 0, exact: true })
  expect(countTrainedRows(JSON.parse(JSON.stringify(trained)) as typeof trained, [hash(7).toUpperCase()])).toMatchObject({ count: 1 })
})

test('keeps a bounded sample of very many images, and estimates shares from it', () => {
  const trained = describeTrainedRows(hashes(0, 40_000))
  expect([trained.rows, trained.sample.length]).toEqual([40_000, 8 * 8192])
  const half = countTrainedRows(trained, hashes(36_000, 8000))!
  expect([half.exact, half.count > 3600, half.count < 4400]).toEqual([false, true, true])
  expect(countTrainedRows(trained, hashes(50_000, 8000))).toEqual({ count: 0, exact: false })
})

test.each([undefined, {}, { rows: 3 }, { rows: 1, sample: 'nothing' }, { rows: 1, sample: 'ABCDEF12' }, { rows: 'x', sample: '' }])(
  'says nothing by %j',
  (trained) => {
    expect(countTrainedRows(trained as never, hashes(0, 3))).toBeUndefined()
  },
)
