import { expect, test } from 'vitest'
import { systemErrorCode } from './system-error-code.ts'

test.each([
  [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'ENOENT'],
  [{ message: 'of another realm', code: 'EACCES' }, 'EACCES'],
  [new Error('of no system'), undefined],
  [{ code: 7 }, undefined],
  [null, undefined],
  ['ENOENT', undefined],
])('reads the code of %o: %j', (error, code) => {
  expect(systemErrorCode(error)).toBe(code)
})
