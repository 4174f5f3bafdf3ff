import { DinokitError } from '../contract/dinokit-error.ts'

/** Everything a {@link Random} is: plain data, to be saved with a checkpoint. */
export type RandomState = readonly [number, number, number, number]

/**
 * A source of pseudo-random numbers with the same bits in every engine: xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", arXiv 1805.01407). Not for secrets.
 */
export interface Random {
  /** The next 32 bits: a whole number from 0 to 2^32 - 1. */
  bits(): number
  /** A number in [low, high), of 53 random bits. Default: [0, 1). */
  uniform(low?: number, high?: number): number
  /**
   * A whole number from 0 to `count - 1`, each as likely.
   *
   * @throws DinokitError `invalid-option` unless `count` is a whole number from 1 to 2^32
   */
  below(count: number): number
  /** True with the probability `p`. */
  chance(p: number): boolean
  /** The items in random order (Fisher and Yates), as a new array. */
  shuffle<Item>(items: readonly Item[]): Item[]
  /** Where it stands; {@link restoreRandom} goes on from there. */
  state(): RandomState
}

/**
 * Starts a source of pseudo-random numbers. Further keys make sources of their own, so that each step, worker or image
 * can have one whatever the others do: `createRandom(seed, epoch, index)`.
 *
 * @param seed - a whole number from 0 to 2^53 - 1
 * @param keys - further whole numbers
 * @throws DinokitError `invalid-option` where one is no such number
 */
export function createRandom(seed: number, ...keys: readonly number[]): Random {
  const mixed = Uint32Array.of(0, 0, 0, 0)
  for (const key of [seed, ...keys]) {
    if (!Number.isSafeInteger(key) || key < 0) {
      throw new DinokitError('invalid-option', `Invalid seed ${key}.`, {
        given: String(key),
        expected: 'a whole number from 0 to 2^53 - 1',
      })
    }
    let word = mix(key >>> 0) ^ mix(Math.floor(key / 2 ** 32) ^ 0x9e3779b9)
    for (let i = 0; i < 4; i++) mixed[i] = word = mix((mixed[i]! ^ word) + 0x9e3779b9)
  }
  return restoreRandom(Array.from(mixed) as unknown as RandomState)
}

/**
 * Goes on from where a source stood.
 *
 * @param state - of {@link Random.state}
 * @throws DinokitError `invalid-option` where it is no state: four 32-bit numbers, not all 0
 */
export function restoreRandom(state: RandomState): Random {
  const words: unknown = state
  const valid = Array.isArray(words) && words.length === 4 && words.every((word) => Number.isInteger(word) && word >>> 0 === word)
  if (!valid || words.every((word) => word === 0)) {
    throw new DinokitError('invalid-option', 'This is not the state of a random source.', {
      given: JSON.stringify(words) ?? 'nothing',
      expected: 'four whole numbers from 0 to 2^32 - 1, not all 0',
    })
  }
  let [a, b, c, d] = state
  const bits = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const uniform = (low = 0, high = 1): number => low + (((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53) * (high - low)
  const below = (count: number): number => {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 32)
      throw new DinokitError('invalid-option', `Can’t choose one of ${count}.`, {
        given: String(count),
        expected: 'a whole number from 1 to 2^32',
      })
    // Above the last multiple of `count` some results would be likelier than others.
    const limit = 2 ** 32 - (2 ** 32 % count)
    for (;;) {
      const drawn = bits()
      if (drawn < limit) return drawn % count
    }
  }
  return {
    bits,
    uniform,
    below,
    chance: (p) => uniform() < p,
    shuffle(items) {
      const shuffled = [...items]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const other = below(i + 1)
        ;[shuffled[i], shuffled[other]] = [shuffled[other]!, shuffled[i]!]
      }
      return shuffled
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** MurmurHash3's finalizer (Appleby): every bit of the input changes half of the output's. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}
