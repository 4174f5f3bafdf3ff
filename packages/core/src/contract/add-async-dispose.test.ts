import { expect, test } from 'vitest'
import { addAsyncDispose } from './add-async-dispose.ts'

test('adds the symbol that compilers fall back to, once, where there is none', () => {
  const symbols: { readonly asyncDispose?: symbol } = {}
  addAsyncDispose(symbols)
  addAsyncDispose(symbols)
  expect(symbols.asyncDispose).toBe(Symbol.for('Symbol.asyncDispose'))
})

test('leaves the symbol that is there', () => {
  const asyncDispose = Symbol('its own')
  const symbols = { asyncDispose }
  addAsyncDispose(symbols)
  expect(symbols.asyncDispose).toBe(asyncDispose)
})
