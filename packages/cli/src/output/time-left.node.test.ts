import { expect, test } from 'vitest'
import { createTimeLeft, describeTime } from './time-left.ts'

function clocked(): { readonly left: ReturnType<typeof createTimeLeft>; at(seconds: number, done: number): void } {
  let now = 0
  const left = createTimeLeft(() => now)
  return {
    left,
    at(seconds, done) {
      now = 1000 * seconds
      left.update(done)
    },
  }
}

test('says nothing before there is a pace, and the time at that pace from the first image on', () => {
  const { left, at } = clocked()
  expect(left.seconds(10)).toBeUndefined()
  at(0, 0)
  expect(left.seconds(10)).toBeUndefined()
  at(2, 1)
  expect(left.seconds(10)).toBe(18)
  at(4, 2)
  expect(left.seconds(10)).toBe(16)
})

test('goes by the pace of late: a thousand images that were there already don’t count for long', () => {
  const { left, at } = clocked()
  at(0, 0)
  for (let done = 1; done <= 1000; done++) at(done / 1000, done)
  for (let done = 1001; done <= 1060; done++) at(1 + (done - 1000), done)
  expect(left.seconds(1160)).toBe(100)
})

test('keeps a pace where every image takes longer than what is remembered', () => {
  const { left, at } = clocked()
  for (let done = 0; done < 5; done++) at(120 * done, done)
  expect(left.seconds(10)).toBe(720)
})

test('names a time in words, and never less than a second', () => {
  expect([0, 0.2, 7.6, 89, 90, 600, 3600, 3900, 7200, 200_000].map(describeTime)).toEqual([
    ...['1 s', '1 s', '8 s', '89 s', '2 min', '10 min', '1 h', '1 h 5 min', '2 h', '2 days'],
  ])
})
