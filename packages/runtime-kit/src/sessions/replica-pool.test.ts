import { expect, test } from 'vitest'
import { createReplicaPool, type Runner } from './replica-pool.ts'

/** A runner whose runs end when they are told to, and the names of those that took runs, in order. */
function makeRunners() {
  const taken: string[] = []
  const ends: (() => void)[] = []
  const runner = (name: string): Runner => ({
    async run() {
      taken.push(name)
      await new Promise<void>((resolve) => ends.push(resolve))
      return {}
    },
    release: async () => {},
  })
  return { taken, runner, endAll: () => ends.splice(0).forEach((end) => end()) }
}

test('gives a load to replicas, its gaps too, and what comes alone afterwards to the first session', async () => {
  const { taken, runner, endAll } = makeRunners()
  let made = 0
  const { run } = createReplicaPool(runner('first'), async (threads) => runner(`replica ${++made} of ${threads}`), 2, 2)
  const alone = async (): Promise<string> => {
    const running = run({})
    endAll()
    await running
    return taken.at(-1)
  }
  expect([await alone(), await alone()]).toEqual(['first', 'first'])

  const load = Array.from({ length: 6 }, () => run({}))
  await expect.poll(() => made).toBe(2)
  endAll()
  await Promise.all(load)
  const both = [run({}), run({})]
  expect(new Set(taken.slice(-2))).toEqual(new Set(['replica 1 of 1', 'replica 2 of 1']))
  endAll()
  await Promise.all(both)

  // A stream whose images take longer to decode than to run has gaps.
  expect(await alone()).toMatch(/^replica/)
  for (let i = 0; i < 4; i++) await alone()
  expect([await alone(), await alone()]).toEqual(['first', 'first'])
})
