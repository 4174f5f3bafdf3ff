import { expect, test } from 'vitest'
import { DinokitError } from './dinokit-error.ts'

const messageOf = (sentence: string, details: ConstructorParameters<typeof DinokitError>[2]): string =>
  new DinokitError('invalid-option', sentence, details).message

test('says what was given and expected, in one sentence', () => {
  expect(messageOf('The input does not divide into patches.', { given: '3x5', expected: 'sides that are multiples of 14' })).toBe(
    'The input does not divide into patches. Got 3x5, expected sides that are multiples of 14.',
  )
  expect(messageOf('The mask does not fit.', { given: '[3][4]', hint: 'Make another.' })).toBe(
    'The mask does not fit. Got [3][4]. Make another.',
  )
  expect(messageOf('Wrong.', { given: 'Error: it broke.', expected: '' })).toBe('Wrong. Got Error: it broke.')
})

test('says nothing twice: what the sentence names is not repeated', () => {
  expect(messageOf('There is no file a.png.', { given: 'a.png', expected: 'an image' })).toBe('There is no file a.png. Expected an image.')
  expect(messageOf('There are 15 layers.', { given: '5' })).toBe('There are 15 layers. Got 5.')
  expect(messageOf('Nothing was given.', { given: '' })).toBe('Nothing was given.')
})

test('cuts long values in the message, and keeps them whole in the details', () => {
  const given = Array.from({ length: 10_000 }, (_, index) => index).join(', ')
  const error = new DinokitError('invalid-option', 'No.', { given })
  expect(error.message.length).toBeLessThan(220)
  expect(error.message).toMatch(/^No\. Got 0, 1, 2, .*…$/)
  expect(error.details.given).toBe(given)
})

test.each([
  ['https://cdn.example/model.bin?Expires=1&Signature=abcdef&Key-Pair-Id=K1', 'https://cdn.example/model.bin?…'],
  ['https://s3.example/a?X-Amz-Credential=AK%2F1&X-Amz-Signature=beef', 'https://s3.example/a?…'],
  ['http://user:hunter2@proxy.example:8080/', 'http://…@proxy.example:8080/'],
  ['Authorization: Bearer abcDEF123.456-789', 'Authorization: Bearer …'],
  ['HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyzABCD', 'HF_TOKEN=hf_…'],
  ['https://hub.example/api/models?expand=sha', 'https://hub.example/api/models?expand=sha'],
])('shows no secret of %s', (given, shown) => {
  const error = new DinokitError('download-failed', `The server refused ${given} today.`, { given, expected: given, hint: `Not ${given}` })
  expect(error.message).toContain(`refused ${shown} today`)
  expect(error.details).toEqual({ given: shown, expected: shown, hint: `Not ${shown}` })
  for (const secret of ['hunter2', 'abcdef', 'beef', 'abcDEF123', 'hf_abc'])
    expect(JSON.stringify([error.message, error.details])).not.toContain(secret)
})
