import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { fileError } from './file-error.ts'

test('reads the code of an error of another realm, as the system’s are under Jest', () => {
  const error: unknown = runInNewContext(`Object.assign(new Error('no such file'), { code: 'ENOENT' })`)
  expect(error).not.toBeInstanceOf(Error)
  expect(fileError('here.txt', error).code).toBe('file-not-found')
})
