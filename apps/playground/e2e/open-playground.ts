// The built page in real Chromium, as the tests of a file share it.
import { rm } from 'node:fs/promises'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { findChromium } from '../../../scripts/find-chromium.ts'
import { playgroundPage, type PlaygroundPage } from './playground-page.ts'
import { buildApp, serveApp, type ServedApp } from './serve.ts'

/** The page, opened; and all that it did wrong. */
export interface OpenPlayground {
  readonly folder: string
  readonly app: ServedApp
  readonly browser: Browser
  readonly context: BrowserContext
  readonly playground: PlaygroundPage
  /** Requests to anywhere but the page’s own origin. */
  readonly foreign: string[]
  /** Errors that the page itself threw. */
  readonly errors: string[]
  /** Opens another page. */
  visit(page: Page, url: string): Promise<PlaygroundPage>
  close(): Promise<void>
}

/** Builds the app, serves it, and opens it on a wide screen. */
export async function openPlayground(): Promise<OpenPlayground> {
  const folder = await buildApp()
  const app = await serveApp(folder)
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  })
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' })
  const foreign: string[] = []
  const errors: string[] = []
  const visit = async (page: Page, url: string): Promise<PlaygroundPage> => {
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin) && !/^(?:blob|data):/.test(request.url())) foreign.push(request.url())
    })
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(url)
    return playgroundPage(page)
  }
  const playground = await visit(await context.newPage(), app.url)
  await playground.page.getByLabel('Resolution').selectOption('224')
  return {
    folder,
    app,
    browser,
    context,
    playground,
    foreign,
    errors,
    visit,
    async close() {
      await browser.close()
      await app.close()
      await rm(folder, { recursive: true })
    },
  }
}
