import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createAbortGroup } from './abort-group.ts'

test('keeps nothing of what came of the work', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const abortGroup = createAbortGroup()
  const results: WeakRef<object>[] = []
  for (let i = 0; i < 50; i++) {
    const result = await abortGroup.race(Promise.resolve({ index: i }))
    results.push(new WeakRef(result))
  }
  await sleep(10)
  collect()
  // The last one may still lie in a register.
  expect(results.filter((result) => result.deref() !== undefined).length).toBeLessThan(3)
  abortGroup.fail(new Error('done'))
})
