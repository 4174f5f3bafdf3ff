/**
 * Takes the README's images of the page, of the sample images: docs/playground-light.jpg and docs/playground-dark.jpg.
 * `npx pnpm@12 --filter @dinokit/playground screenshots`
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright'
import { findChromium } from '../../../scripts/find-chromium.ts'
import { playgroundPage } from '../e2e/playground-page.ts'
import { buildApp, serveApp } from '../e2e/serve.ts'

const SIZE = { width: 1280, height: 800 }
/** The machine may be busy; nothing here is measured. */
const PATIENCE = 300_000

const out = (name: string): string => fileURLToPath(new URL(`../../../docs/${name}.jpg`, import.meta.url))

/** Features of all the samples, in colors that they share. */
async function features(page: Page): Promise<void> {
  await page.getByRole('switch', { name: /^Share colors/ }).check()
  await page.locator('.tile .raster').nth(2).waitFor()
}

/** Takes the screenshot of what is like the cup's rim. */
async function similarity(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show coffee.jpg' }).click()
  await page.getByRole('application', { name: /^coffee/ }).waitFor()
  await playgroundPage(page).settled()
  const box = (await page.getByRole('application').boundingBox())!
  await page.getByRole('application').click({ position: { x: box.width * 0.5, y: box.height * 0.45 } })
  await page.locator('.legend').waitFor()
  await page.locator('.tile:not(.is-current) .raster').nth(2).waitFor()
}

const folder = await buildApp()
const app = await serveApp(folder)
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
try {
  for (const [colorScheme, prepare] of [
    ['light', features],
    ['dark', similarity],
  ] as const) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme, deviceScaleFactor: 1.25, reducedMotion: 'reduce' })
    page.setDefaultTimeout(PATIENCE)
    await page.goto(app.url)
    await page.locator('.class-share:not(:empty)').first().waitFor()
    await page.locator('[data-busy=""] .stage-layer').waitFor()
    await prepare(page)
    await page.locator('[data-busy=""] .stage-layer').waitFor()
    await page.mouse.move(0, 0)
    await page.waitForTimeout(1000)
    await page.screenshot({ path: out(`playground-${colorScheme}`), type: 'jpeg', quality: 82 })
    await page.close()
  }
} finally {
  await browser.close()
  await app.close()
  await rm(folder, { recursive: true })
}
