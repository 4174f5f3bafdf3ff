/** Lets `toEqual` compare arrays of numbers at once: vitest asks for each number by its key, a second for the pixels of an image. */
import { expect } from 'vitest'

// Files that share a process or a page come here each, and vitest would ask every one of them.
const ADDED = Symbol.for('dinokit: equal arrays')
const shared = globalThis as { [ADDED]?: true }
if (!shared[ADDED]) expect.addEqualityTesters([equalNumbers])
shared[ADDED] = true

/** Says whether two arrays of numbers are equal, as `toEqual` would; undefined for anything else. */
function equalNumbers(a: unknown, b: unknown): boolean | undefined {
  if (!isList(a) || !isList(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return undefined
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (!isNumber(a[i]) || !isNumber(b[i])) return undefined
    if (!Object.is(a[i], b[i])) return false
  }
  return true
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}
