import { afterAll, beforeAll } from 'vitest'
import { DOUBLE } from './models.ts'

/**
 * Keeps one session open while a file's tests run: in browsers, sessions of the same settings share an engine, which takes
 * half a second to load and ends with the last of them. For settings of one's own: sessions without settings have an engine
 * that the page keeps (packages/runtime-web/src/testing/keep-engine.ts).
 *
 * @param createSession - a runtime's
 */
export function keepEngine(createSession: (model: typeof DOUBLE) => Promise<{ dispose(): Promise<void> }>): void {
  let kept: { dispose(): Promise<void> } | undefined
  beforeAll(async () => {
    kept = await createSession(DOUBLE)
  })
  afterAll(() => kept?.dispose())
}
