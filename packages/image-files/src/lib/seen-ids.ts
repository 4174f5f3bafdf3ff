import { hash } from 'node:crypto'

/** Ids that were seen, each kept in 16 bytes: a million of them take 32 MB, where their texts take 120. */
export interface SeenIds {
  /** Notes an id; whether it is a new one. */
  add(id: string): boolean
  readonly size: number
}

/** Words of 32 bits that an id is kept in: the first 128 bits of its SHA-256, which no two ids share. */
const WORDS = 4
const FIRST_PLACES = 1 << 12

/** Makes an empty set of ids. */
export function createSeenIds(): SeenIds {
  let places = FIRST_PLACES
  let table = new Uint32Array(WORDS * places)
  let size = 0
  const words = new Uint32Array(WORDS)
  /** Writes what `words` holds into its place; false where it is there. A place of zeros is free, and there always is one. */
  const put = (): boolean => {
    for (let place = words[0]! & (places - 1); ; place = (place + 1) & (places - 1)) {
      let [equal, free] = [true, true]
      for (let word = 0; word < WORDS; word++) {
        const there = table[WORDS * place + word]!
        equal &&= there === words[word]
        free &&= there === 0
      }
      if (equal) return false
      if (free) {
        table.set(words, WORDS * place)
        return true
      }
    }
  }
  const grow = (): void => {
    const old = table
    places *= 2
    table = new Uint32Array(WORDS * places)
    for (let at = 0; at < old.length; at += WORDS) {
      for (let word = 0; word < WORDS; word++) words[word] = old[at + word]!
      if (words[0] !== 0 || words[1] !== 0) put()
    }
  }
  return {
    add(id) {
      const digest = hash('sha256', id, 'binary')
      words.fill(0)
      for (let byte = 0; byte < 4 * WORDS; byte++) words[byte >> 2]! |= digest.charCodeAt(byte) << (8 * (byte & 3))
      if (!put()) return false
      size++
      if (2 * size > places) grow()
      return true
    },
    get size() {
      return size
    },
  }
}
