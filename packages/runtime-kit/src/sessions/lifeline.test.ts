import { expect, test } from 'vitest'
import { createLifeline } from './lifeline.ts'

test('what is held ends as it would, until the line is cut', async () => {
  const lifeline = createLifeline()
  await expect(lifeline.hold(Promise.resolve(3))).resolves.toBe(3)
  await expect(lifeline.hold(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  const [waiting, other] = [lifeline.hold(new Promise(() => {})), lifeline.hold(new Promise(() => {}))]
  lifeline.cut(new Error('died'))
  await expect(waiting).rejects.toThrow('died')
  await expect(other).rejects.toThrow('died')
  await expect(lifeline.hold(new Promise(() => {}))).rejects.toThrow('died')
})
