import { expect, test } from 'vitest'
import { cosineSchedule, linearSchedule, polySchedule, warmUp } from './schedules.ts'

test('schedules go from one number to the other, and stay there', () => {
  const at = (schedule: (step: number) => number): number[] => [0, 5, 10, 11].map(schedule)
  expect(at(linearSchedule(4, 2, 10))).toEqual([4, 3, 2, 2])
  expect(at(polySchedule(4, 10, 2))).toEqual([4, 1, 0, 0])
  for (const [index, value] of [4, 3, 2, 2].entries()) expect(at(cosineSchedule(4, 2, 10))[index]).toBeCloseTo(value, 12)
  expect([0, 1, 2, 12].map(warmUp(linearSchedule(4, 2, 10), 2, 0.5))).toEqual([2, 3, 4, 2])
})

test('schedules of no steps begin where they are to, and end where they are to', () => {
  for (const schedule of [linearSchedule(4, 0, 0), cosineSchedule(4, 0, 0), polySchedule(4, 0)])
    expect([schedule(0), schedule(1)]).toEqual([4, 0])
})
