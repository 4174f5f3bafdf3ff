import { expect, test } from 'vitest'
import { decodeText } from './decode-text.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const utf16 = (text: string, little: boolean): Uint8Array =>
  Uint8Array.from(
    Array.from(`\ufeff${text}`, (letter) => letter.charCodeAt(0)).flatMap((unit) =>
      little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255],
    ),
  )

test.each([
  ['UTF-8', utf8('caf\u00e9')],
  ['UTF-8 with its mark', utf8('\ufeffcaf\u00e9')],
  ['UTF-16, little end first', utf16('caf\u00e9', true)],
  ['UTF-16, big end first', utf16('caf\u00e9', false)],
])('reads %s', (_, bytes) => {
  expect(decodeText('names.txt', bytes, 'label-invalid')).toBe('caf\u00e9')
})

test.each([
  ['Latin-1', Uint8Array.of(0x63, 0x61, 0x66, 0xe9)],
  ['UTF-16 without its mark', utf16('caf\u00e9', true).subarray(2)],
  ['half of a letter', utf8('caf\u00e9').subarray(0, 4)],
])('rejects %s by the code that was asked for, and replaces nothing in it', (_, bytes) => {
  expect(() => decodeText('names.txt', bytes, 'label-invalid')).toThrow(
    expect.objectContaining({
      code: 'label-invalid',
      message: expect.stringMatching(/^names\.txt is not valid UTF-8 text\..*Save it as UTF-8/),
    }),
  )
})
