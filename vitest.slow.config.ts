import { defineConfig } from 'vitest/config'
import { testConfig } from './vitest.config.ts'

/** The tests that `npx pnpm@12 test` leaves out: `*.slow.node.test.ts`, `*.slow.browser.test.ts` and `*.slow.test.ts`. */
export default defineConfig(testConfig({ slow: true }))
