import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../../scripts/find-chromium.ts'
import { runDinokit } from './testing/run-dinokit.ts'

const IMAGES = fileURLToPath(new URL('../../../examples/first-look/images/', import.meta.url))
let folder: string
let browser: Browser
/** Requests to anywhere but the file, and errors that the page threw. */
const faults: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-map-test-'))
  await runDinokit(['index', IMAGES, '--store', 'photos.store'], { cwd: folder })
  expect((await runDinokit(['store', 'map', 'photos.store', '--k', '2', '--out', 'map.html'], { cwd: folder })).code).toBe(0)
  browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

async function openMap(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, ...options })
  page.on('request', (request) => {
    if (!/^(?:file|data):/.test(request.url())) faults.push(request.url())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(pathToFileURL(join(folder, 'map.html')).href)
  await page.getByRole('application').waitFor()
  return page
}

describe('the page of a map, opened as a file,', () => {
  test('shows each image by its thumbnail and name where the pointer is, and colors by clusters', async () => {
    const page = await openMap()
    const { rows } = (await runDinokit(['store', 'info', 'photos.store', '--json'], { cwd: folder })).lines<{ rows: number }>()[0]!.output!
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent()).toBe('Map of photos.store')
    expect(await page.locator('#about').textContent()).toMatch(new RegExp(`^${rows} images placed by their two principal components`))
    expect(await page.getByLabel('Color by').locator('option').allTextContents()).toEqual(['cluster'])
    const counts = await page.locator('#legend .count').allTextContents()
    expect([counts.length, counts.reduce((sum, count) => sum + Number(count), 0)]).toEqual([2, rows])

    const seen = new Set<string>()
    const box = (await page.locator('#canvas').boundingBox())!
    for (let y = box.y + 20; y < box.y + box.height; y += 40) {
      for (let x = box.x + 20; x < box.x + box.width; x += 40) {
        await page.mouse.move(x, y)
        if (await page.locator('#hover').isHidden()) continue
        const name = await page.locator('#hover canvas').getAttribute('aria-label')
        expect(await page.locator('#hover div').textContent()).toMatch(new RegExp(`^${name!} · cluster: [12]$`))
        expect(await drawnColors(page)).toBeGreaterThan(50)
        seen.add(name!)
      }
    }
    expect(seen.size).toBe(rows)
    await page.locator('#legend button').first().click()
    await expect.poll(() => page.locator('#legend-note').textContent()).toBe(`${counts[0]!} of ${rows} images shown.`)
    await page.locator('#legend button').first().click()
    await page.getByLabel('Find').fill('CHELSEA')
    await expect.poll(() => page.locator('#legend-note').textContent()).toBe(`1 of ${rows} images shown.`)
    await page.close()
  })

  test('goes from image to image by keys alone, and says which', async () => {
    const page = await openMap()
    for (let presses = 0; presses < 9 && (await focused(page)) !== 'canvas'; presses++) await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('canvas')
    await page.keyboard.press('n')
    const name = (): Promise<string> => page.locator('#name').innerText()
    const visited = new Set([await name()])
    for (const key of ['Left', 'Up', 'Right', 'Down', 'Right']) {
      await page.keyboard.press(`Shift+Arrow${key}`)
      visited.add(await name())
    }
    expect(visited.size).toBeGreaterThan(2)
    for (const key of ['+', '+', 'ArrowLeft', '-', '0']) await page.keyboard.press(key)
    await page.keyboard.press('Escape')
    expect(await page.locator('#figure').isHidden()).toBe(true)
    await page.close()
  })

  test.each(['light', 'dark'] as const)('is fit for those who do not see it, or not well, by axe, when it is %s', async (colorScheme) => {
    // axe itself is a script that the page’s own policy forbids.
    for (const viewport of [
      { width: 1200, height: 800 },
      { width: 390, height: 780 },
    ]) {
      const page = await openMap({ bypassCSP: true, colorScheme, viewport })
      await page.keyboard.press('Tab')
      await page.locator('#canvas').press('n')
      await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) })
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('; ')}`)
      })
      expect(found).toEqual([])
      await page.close()
    }
  })

  test('asks for nothing, throws nothing, and is small', async () => {
    expect(faults).toEqual([])
    expect((await stat(join(folder, 'map.html'))).size).toBeLessThan(100_000)
  })
})

/** Colors of the thumbnail beside the pointer. */
function drawnColors(page: Page): Promise<number> {
  return page.locator('#hover canvas').evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
    return new Set(new Uint32Array(data.buffer)).size
  })
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id)
}
