import { DinokitError } from 'dinokit'
import { expect, test } from 'vitest'
import { failureOf, valueOf } from '../engine/outcome.ts'
import { explain } from './explain.ts'

/** Returns the page's words for an error that was thrown in the worker. */
function said(thrown: unknown, what: 'model' | 'image' | 'layer'): string {
  try {
    valueOf({ failure: failureOf(thrown) })
  } catch (error) {
    const { title, text } = explain(error, { what, name: 'large.jpg' })
    return `${title}. ${text}`
  }
  throw new Error('nothing was thrown')
}

test('recognizes the engine’s own error when memory runs out, and says what can be done', () => {
  let thrown: unknown
  try {
    new ArrayBuffer(Number.MAX_SAFE_INTEGER)
  } catch (error) {
    thrown = error
  }
  expect(said(thrown, 'image')).toBe(
    'There is not enough memory for this. large.jpg needs more than the browser gives. Choose a lower resolution or a smaller model, or close other pages.',
  )
  expect(said(thrown, 'model')).toMatch(/^There is not enough memory for this model\. .* Take a smaller one/)
})

test('keeps the sentence of a code on the way from the worker, and says at least what failed where there is none', () => {
  expect(said(new DinokitError('image-too-large', 'It has 600 million pixels.'), 'image')).toContain('100 million pixels')
  expect(said(new TypeError('x is undefined'), 'layer')).toBe(
    'Something went wrong. large.jpg could not be used. The page goes on with what it had.',
  )
})
