import { expect, test } from 'vitest'
import { isAbsent, systemErrorCode } from './system-error-code.ts'

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

test.each([
  ['ENOENT', true],
  ['ENOTDIR', true],
  ['ENAMETOOLONG', true],
  ['EINVAL', true],
  ['ERR_INVALID_ARG_VALUE', true],
  ['EACCES', false],
  ['EISDIR', false],
  [undefined, false],
])('takes %s for a path that leads to nothing: %s', (code, absent) => {
  expect(isAbsent({ code })).toBe(absent)
})
