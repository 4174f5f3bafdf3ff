import { DinokitError } from '@dinokit/core'
import { expect, test } from 'vitest'
import { ownFile } from './own-file.ts'

/** Returns the error that asking for a file is refused with. */
function refusal(locate: () => URL): DinokitError | undefined {
  try {
    ownFile(locate)
  } catch (cause) {
    return DinokitError.is(cause) ? cause : undefined
  }
  return undefined
}

test('advises to keep dinokit external where a bundle lacks a file or its address', () => {
  expect(ownFile(() => new URL('./own-file.ts', import.meta.url)).href).toMatch(/own-file\.ts$/)
  const [gone, none] = [refusal(() => new URL('./gone.js', import.meta.url)), refusal(() => new URL('./own-file.ts', undefined))]
  for (const error of [gone, none])
    expect(error).toMatchObject({ code: 'bundled', message: expect.stringContaining('Keep dinokit external') as string })
  expect(gone?.details.given).toMatch(/there is no .*gone\.js/)
  // As in CommonJS.
  expect(none?.details.given).toBe('a bundle without import.meta.url')
})
