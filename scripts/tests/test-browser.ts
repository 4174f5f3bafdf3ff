import { CHROMIUM_ARGS, findChromium } from '../find-chromium.ts'

/** Browsers that the tests can run in, by Playwright's names. */
const BROWSERS = ['chromium', 'firefox', 'webkit'] as const

/** Browser that the tests run in. */
export interface TestBrowser {
  readonly name: (typeof BROWSERS)[number]
  /** Options by which Playwright launches it. */
  readonly launchOptions: { readonly executablePath?: string; readonly args?: string[] }
}

/**
 * Chooses the browser of the tests by DINOKIT_BROWSER: Chromium by default, which is found or installed. For Firefox and
 * WebKit, Playwright brings its own: `npx playwright install firefox`.
 *
 * @throws Error with the names that it may have
 */
export function testBrowser(): TestBrowser {
  const wanted = process.env.DINOKIT_BROWSER || 'chromium'
  const name = BROWSERS.find((browser) => browser === wanted)
  if (!name) throw new Error(`DINOKIT_BROWSER is ${wanted}, which must be one of ${BROWSERS.join(', ')}.`)
  return { name, launchOptions: name === 'chromium' ? { executablePath: findChromium(), args: [...CHROMIUM_ARGS] } : {} }
}
