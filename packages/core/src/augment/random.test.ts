import { describe, expect, test } from 'vitest'
import { portableExp, portableLog } from './portable-math.ts'
import { createRandom, restoreRandom, type RandomState } from './random.ts'

describe('xoshiro128**', () => {
  test('gives the bits of its authors’ program, from 1, 2, 3, 4', () => {
    const random = restoreRandom([1, 2, 3, 4])
    const drawn = Array.from({ length: 10 }, () => random.bits())
    expect(drawn).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804])
    for (let i = 0; i < 90_000; i++) random.bits()
    expect(random.bits()).toBe(4_013_274_755)
  })

  test('seeds and keys make sources of their own', () => {
    const sources = [
      createRandom(0),
      createRandom(1),
      createRandom(2 ** 32),
      createRandom(0, 0),
      createRandom(0, 1),
      createRandom(1, 0),
      createRandom(2 ** 53 - 1),
    ]
    expect(new Set(sources.map((source) => source.state().join())).size).toBe(sources.length)
    expect(createRandom(7, 3).state()).toEqual(createRandom(7, 3).state())
    // By the same steps written in another language: what a seed means must never change.
    expect(createRandom(20_261_125, 3).state()).toEqual([2411460392, 2572694728, 1250203200, 1011995222])
  })

  test('covers its range evenly, to 53 bits', () => {
    const random = createRandom(1)
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 160_000; i++) counts[Math.floor(random.uniform() * 16)]!++
    // Chi-squared of 15 degrees of freedom: above 37.7 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(37.7)
    const value = random.uniform(-3, -2)
    expect(value >= -3 && value < -2).toBe(true)
    expect((random.uniform() * 2 ** 40) % 1).not.toBe(0)
  })

  test('gives each number below a limit as often', () => {
    const random = createRandom(2)
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++
    // Of 6 degrees of freedom: above 22.5 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(22.5)
    expect(random.below(1)).toBe(0)
    for (const count of [0, -1, 1.5, NaN, 2 ** 33])
      expect(() => random.below(count)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  test('gives every order as often, and leaves the items alone', () => {
    const random = createRandom(3)
    const items = Object.freeze(['a', 'b', 'c'])
    const counts = new Map<string, number>()
    for (let i = 0; i < 60_000; i++) {
      const order = random.shuffle(items).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    // Of 5 degrees of freedom: above 20.5 once in a thousand.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5)
    expect(counts.size).toBe(6)
    expect(random.shuffle([])).toEqual([])
  })

  test.each([-1, 0.5, NaN, 2 ** 53])('rejects the seed %d', (seed) => {
    expect(() => createRandom(seed)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  test.each([[[0, 0, 0, 0]], [[1, 2, 3]], [[1, 2, 3, -1]], [[1, 2, 3, 0.5]], [null]])('rejects the state %j', (state) => {
    expect(() => restoreRandom(state as unknown as RandomState)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

test('computes exp and log to 12 digits', () => {
  for (let x = -20; x <= 20; x += 0.37) expect(Math.abs(portableExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-12)
  for (let x = 0.01; x < 200; x *= 1.13)
    expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThan(1e-12 * Math.max(1, Math.abs(Math.log(x))))
})
