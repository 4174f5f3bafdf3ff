import { expect, test } from 'vitest'
import { createAbortGroup } from './abort-group.ts'

test('settles calls as their work does, until the group fails', async () => {
  const abortGroup = createAbortGroup()
  await expect(abortGroup.race(Promise.resolve(3))).resolves.toBe(3)
  await expect(abortGroup.race(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  const [waiting, other] = [abortGroup.race(new Promise(() => {})), abortGroup.race(new Promise(() => {}))]
  abortGroup.fail(new Error('died'))
  await expect(waiting).rejects.toThrow('died')
  await expect(other).rejects.toThrow('died')
  await expect(abortGroup.race(new Promise(() => {}))).rejects.toThrow('died')
})
