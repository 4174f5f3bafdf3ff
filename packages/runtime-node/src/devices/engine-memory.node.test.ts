import { triple } from '@dinokit/testing'
import { expect, test } from 'vitest'
import { engineMemory } from './engine-memory.ts'
import { openOnCpu } from './open-on-cpu.ts'

// Where the system has no /proc, an engine's process can't be looked at.
test.skipIf(process.platform !== 'linux')('memory of the processor is that of the engine’s process too', async () => {
  const session = await openOnCpu(triple(), { host: 'process', replicas: 1 }, undefined)
  try {
    const [all, alone] = [engineMemory('cpu')!, engineMemory('')!]
    expect(alone).toBeGreaterThan(20e6)
    expect(all - process.memoryUsage().rss).toBeGreaterThan(alone / 2)
  } finally {
    await session.release()
  }
})
