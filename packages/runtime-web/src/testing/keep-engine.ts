import { DOUBLE } from '@dinokit/testing'
import { beforeAll } from 'vitest'
import { createSession } from '../session/create-session.ts'

const page = globalThis as { keptEngine?: ReturnType<typeof createSession> }

// All test files share one page, and in it one engine for sessions without settings: it takes half a second to load, and
// would end with the last session of each test.
beforeAll(async () => {
  await (page.keptEngine ??= createSession(DOUBLE))
})
