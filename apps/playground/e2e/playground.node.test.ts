// The built page in real Chromium, used as people use it. What it says is compared with what dinokit says in Node.
import { attentionOverPatches, attentionRowOfMap, similarityMap } from '@dinokit/analysis'
import { createRuntime, createTinyClassifier, open } from 'dinokit'
import { rm } from 'node:fs/promises'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../../scripts/find-chromium.ts'
import { fileFrom, PATIENT, playgroundPage, type DroppedFile, type PlaygroundPage } from './playground-page.ts'
import { buildApp, serveApp, type ServedApp } from './serve.ts'

const picture = (name: string): URL => new URL(`../../../examples/first-look/pictures/${name}.jpg`, import.meta.url)
const WEIGHTS = new URL('../../../packages/model-tiny/assets/model.safetensors', import.meta.url)
const text = (name: string, type: string, words = 'This is no such file.'): DroppedFile => ({
  name,
  type,
  bytes: new TextEncoder().encode(words),
})

let folder: string
let app: ServedApp
let browser: Browser
let context: BrowserContext
let playground: PlaygroundPage
/** Requests to anywhere but the page's own origin. */
const foreign: string[] = []
/** What the page itself threw. */
const errors: string[] = []

async function visit(page: Page, url: string): Promise<PlaygroundPage> {
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:blob|data):/.test(request.url())) foreign.push(request.url())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(url)
  return playgroundPage(page)
}

beforeAll(async () => {
  folder = await buildApp()
  app = await serveApp(folder)
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  })
  context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' })
  playground = await visit(await context.newPage(), app.url)
  await playground.page.getByLabel('Resolution').selectOption('224')
}, 120_000)

afterAll(async () => {
  await browser.close()
  await app.close()
  await rm(folder, { recursive: true })
})

afterEach(() => {
  expect(errors.splice(0)).toEqual([])
})

describe('a picture', () => {
  test('a sample is there at once: its classes, and its features as colours', async () => {
    await playground.settled()
    expect((await playground.classes())[0]).toMatchObject({ name: 'Egyptian cat' })
    // 451 x 300 pixels, the shorter side at 224, in patches of 14.
    await expect.poll(() => playground.layer(), PATIENT).toMatchObject({ width: 24, height: 16 })
    await playground.page
      .locator('.status', { hasText: 'WebAssembly, 2 threads' })
      .or(playground.page.locator('.status', { hasText: /WebAssembly|WebGPU/ }))
      .first()
      .waitFor()
  })

  test('one that is dropped: the five classes that dinokit gives in Node', async () => {
    await playground.drop([await fileFrom(picture('coffee'), 'image/jpeg', 'my coffee.jpg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).toBe('Espresso')
    await using vision = await open()
    const expected = (await createTinyClassifier(createRuntime())).classify(await vision.embed(picture('coffee')))
    const found = await playground.classes()
    expect(found.map(({ name }) => name.toLowerCase())).toEqual(expected.map(({ name }) => name.split(',')[0]!.toLowerCase()))
    found.forEach(({ share }, index) =>
      expect(Math.abs(parseFloat(share.replace('<', '')) - 100 * expected[index]!.probability)).toBeLessThan(1),
    )
  })

  test('a patch that is clicked: how alike the others are, as in Node', async () => {
    await playground.settled()
    const { width: columns, height: rows } = await playground.layer()
    const grid = [rows, columns] as const
    const features = await playground.layer()
    await playground.clickPatch({ row: 7, column: 9, grid })
    await playground.page.getByRole('radio', { name: 'Similarity' }).and(playground.page.locator(':checked')).waitFor()
    await expect.poll(() => playground.layer(), PATIENT).not.toEqual(features)
    await using vision = await open()
    const tokens = await vision.embed(picture('coffee'), { size: { width: columns * 14, height: rows * 14 } })
    const expected = similarityMap(tokens.patches, { row: 7, column: 9 })
    for (const [row, column] of [
      [2, 3],
      [7, 10],
      [14, 20],
    ] as const) {
      await playground.pointAt({ row, column, grid })
      await expect.poll(() => playground.readout()).toContain(`Row ${row + 1}, column ${column + 1}, similarity`)
      const said = Number((await playground.readout()).split(' ').at(-1))
      expect(Math.abs(said - expected.data[row * columns + column]!)).toBeLessThan(0.02)
    }
  })

  test('attention of a head, in another layer, of CLS and of the chosen patch, as in Node', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Attention' }).check({ force: true })
    await expect.poll(() => page.locator('.head canvas').count()).toBe(3)
    const { width: columns, height: rows } = await playground.layer()
    await using vision = await open({ attention: [5, 12] })
    const { attention } = await vision.embed(picture('coffee'), { size: { width: columns * 14, height: rows * 14 } })
    const compare = async (layer: number, token: number, head: number): Promise<void> => {
      const map = attentionOverPatches(attentionRowOfMap(attention[layer]!, token), [rows, columns])
      for (const [row, column] of [
        [6, 8],
        [3, 15],
      ] as const) {
        await playground.pointAt({ row, column, grid: [rows, columns] })
        const expected = map.data[(head * rows + row) * columns + column]!
        const said = async (): Promise<number> => Number((await playground.readout()).split(' attention ').at(-1))
        await expect.poll(async () => Math.abs((await said()) - expected) / expected, PATIENT).toBeLessThan(0.06)
      }
    }
    const mean = await playground.layer()
    await page.getByRole('radio', { name: '2', exact: true }).check({ force: true })
    await expect.poll(() => playground.layer(), PATIENT).not.toEqual(mean)
    await compare(12, 0, 1)
    await page.getByRole('slider', { name: 'Layer' }).fill('5')
    await compare(5, 0, 1)
    await page.getByRole('radio', { name: 'Chosen patch' }).check({ force: true })
    await compare(5, 1 + 7 * columns + 9, 1)
  })

  test('foreground alone, opacity, a finer resolution', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await page.getByRole('switch', { name: /Foreground only/ }).check()
    const transparent = (): Promise<number> =>
      page.locator('.stage-layer').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return data.filter((value, index) => index % 4 === 3 && value === 0).length / (data.length / 4)
      })
    await expect.poll(transparent, PATIENT).toBeGreaterThan(0.1)
    expect(await transparent()).toBeLessThan(0.9)
    await page.getByRole('switch', { name: /Foreground only/ }).uncheck()
    await page.getByRole('slider', { name: 'Opacity' }).fill('0.5')
    await expect.poll(() => page.locator('.stage-layer').evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe('0.5')
    await page.getByLabel('Resolution').selectOption('280')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(20)
    await page.getByLabel('Resolution').selectOption('224')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(16)
  })

  test('nothing was asked of any other origin', () => {
    expect(foreign).toEqual([])
  })
})

describe('what goes wrong is said, and the page goes on', () => {
  test('pictures that are none, videos without frames, weights that are none', async () => {
    const before = await playground.classes()
    await playground.drop([text('notes.txt', 'text/plain')])
    expect(await playground.notice(/notes\.txt is not a picture/)).toContain('JPEG, PNG')
    await playground.drop([text('torn.jpg', 'image/jpeg', '\xff\xd8\xff\xe0 torn')])
    await playground.notice(/torn\.jpg/)
    await playground.drop([text('film.mp4', 'video/mp4')])
    await playground.notice(/film\.mp4 has no picture/)
    for (const name of ['weights.safetensors', 'weights.pth', 'weights.onnx']) {
      await playground.drop([text(name, '')])
      await playground.notice(/weights\..* (?:is not|can’t be)/)
    }
    await playground.settled()
    await playground.drop([await fileFrom(picture('rocket'), 'image/jpeg', 'after.jpg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).not.toBe(before[0]!.name)
    await playground.settled()
  })

  test('no network, a 404 and a web page in place of weights, a full disk', async () => {
    const { page } = playground
    const choose = async (): Promise<void> => {
      await page.getByRole('button', { name: /^Model/ }).click()
      await page.getByRole('button', { name: /^Small 22 million/ }).click()
      await page.getByRole('button', { name: 'Close' }).click()
    }
    await context.setOffline(true)
    await choose()
    await playground.notice(/could not be downloaded|You are offline/)
    await playground.drop([await fileFrom(picture('chelsea'), 'image/jpeg', 'offline.jpg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).toBe('Egyptian cat')
    await context.setOffline(false)

    const hub = 'https://huggingface.co/**'
    const cors = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
    await context.route(hub, (route) => route.fulfill({ status: 404, headers: cors, body: 'no' }))
    await choose()
    await playground.notice(/was not found/)
    await context.unroute(hub)

    const commit = 'a'.repeat(40)
    const answer = async (body: Uint8Array | string, type: string, size: number): Promise<void> => {
      await context.unroute(hub)
      await context.route(hub, (route) => {
        const url = route.request().url()
        const json = url.includes('paths-info') ? [{ type: 'file', oid: commit, size }] : { sha: commit }
        const headers = { ...cors, 'access-control-allow-headers': '*', 'content-type': 'application/json' }
        if (url.includes('/api/')) return route.fulfill({ headers, body: JSON.stringify(json) })
        return route.fulfill({ headers: { ...headers, 'content-type': type }, body: Buffer.from(body) })
      })
    }
    await answer('<!doctype html><title>Log in</title>', 'text/html', 36)
    await choose()
    expect(await playground.notice(/arrived damaged/)).toContain('Nothing of it was kept')

    await answer(new Uint8Array(8), 'application/octet-stream', 90_000_000)
    const session = await context.newCDPSession(page)
    const origin = new URL(app.url).origin
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
    await choose()
    await playground.notice(/arrived damaged|storage is full/)
    await session.send('Storage.overrideQuotaForOrigin', { origin })
    await context.unroute(hub)
    foreign.length = 0
    await playground.settled()
    expect((await playground.classes())[0]).toMatchObject({ name: 'Egyptian cat' })
  })
})
