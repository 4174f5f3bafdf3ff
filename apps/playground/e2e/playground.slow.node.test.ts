// What the built page does in rarer moments, and what takes long: run by `npx pnpm@12 test:slow`.
import { depth } from '@dinokit/head-depth'
import { hasShared, sharedPath } from '@dinokit/testing'
import { findModelCard, open } from 'dinokit'
import type { Browser, BrowserContext } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { metersHead } from './head-files.ts'
import { GRID, pixelAt, PLACES, SIZE } from './patch-places.ts'
import { longestTask } from './longest-task.ts'
import { fileFrom, PATIENT, type PlaygroundPage } from './playground-page.ts'
import type { ServedApp } from './serve.ts'
import { withCard } from './model-file.ts'
import { openPlayground, type OpenPlayground } from './open-playground.ts'

const image = (name: string): URL => new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url)

let opened: OpenPlayground
let app: ServedApp
let browser: Browser
let context: BrowserContext
let playground: PlaygroundPage
let foreign: string[]

beforeAll(async () => {
  opened = await openPlayground()
  ;({ app, browser, context, playground, foreign } = opened)
}, 120_000)
afterAll(() => opened.close())
afterEach(() => {
  expect(opened.errors.splice(0)).toEqual([])
})

beforeAll(() => playground.settled())

describe('the page, where something goes wrong,', () => {
  test('tells of no network, a 404, a web page in place of weights and a full disk', async () => {
    const { page } = playground
    const choose = async (): Promise<void> => {
      await page.getByRole('button', { name: /^Model/ }).click()
      await page.getByRole('button', { name: /^Small 22 million/ }).click()
      await page.getByRole('button', { name: 'Close' }).click()
    }
    await context.setOffline(true)
    await choose()
    await playground.notice(/could not be downloaded|You are offline/)
    await playground.drop([await fileFrom(image('chelsea'), 'image/jpeg', 'offline.jpg')])
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

    // The same bytes twice: with no room for them, and with room, where they turn out to be another file than the hub's.
    const body = new Uint8Array(4_000_000)
    await answer(body, 'application/octet-stream', body.length)
    const session = await context.newCDPSession(page)
    const { origin } = new URL(app.url)
    const used = await page.evaluate(async () => (await navigator.storage.estimate()).usage!)
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: used + body.length / 2 })
    await choose()
    expect(await playground.notice(/storage is full/)).toContain('Delete downloaded models')
    await session.send('Storage.overrideQuotaForOrigin', { origin })
    await choose()
    await playground.notice(/arrived damaged/)
    await context.unroute(hub)
    foreign.length = 0
    await playground.settled()
    expect((await playground.classes())[0]).toMatchObject({ name: 'Egyptian cat' })
  })

  test('shows the image that was chosen last after a change of mind', async () => {
    const { page } = playground
    for (const name of ['astronaut.jpg', 'rocket.jpg', 'coffee.jpg']) {
      await page
        .getByRole('button', { name: `Show ${name}` })
        .first()
        .click()
      await expect.poll(() => page.locator('.classes li.is-empty').count(), { interval: 5 }).toBe(5)
    }
    await page.getByRole('application', { name: /^coffee/ }).waitFor(PATIENT)
    expect((await playground.classes())[0]).toMatchObject({ name: 'Espresso' })
    await playground.settled()
    expect((await playground.classes())[0]).toMatchObject({ name: 'Espresso' })
  })

  test('keeps the open model where WebGPU has no graphics processor, and says so', async () => {
    const { page } = playground
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.locator('label', { hasText: 'WebGPU' }).click()
    expect(await playground.notice(/could not be started/)).toContain('WebAssembly')
    await page.getByRole('button', { name: 'Close' }).click()
    await playground.drop([await fileFrom(image('chelsea'), 'image/jpeg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).toBe('Egyptian cat')
    // Looking for an adapter takes Chromium long where there is none.
  }, 120_000)
})

test('takes no 100 ms for any task of the page while it computes', async () => {
  const { page } = playground
  await page.getByRole('radio', { name: 'Features' }).check({ force: true })
  // Made and dropped within the page, so that nothing but the page's own work is measured.
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(4000, 3000)
    const drawn = canvas.getContext('2d')!
    for (let i = 0; i < 400; i++) {
      drawn.fillStyle = `hsl(${i * 37} 70% 50%)`
      drawn.fillRect((i * 997) % 4000, (i * 613) % 3000, 300, 200)
    }
    const file = new File([await canvas.convertToBlob({ type: 'image/jpeg' })], 'large.jpg', { type: 'image/jpeg' })
    Object.assign(globalThis, { large: file })
  })
  const { longest, tasks } = await longestTask(browser, async () => {
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add((globalThis as unknown as { large: File }).large)
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })
    await page.getByRole('application', { name: /^large/ }).waitFor(PATIENT)
    await playground.settled()
    await page.getByLabel('Resolution').selectOption('280')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(20)
    await playground.clickPatch({ row: 4, column: 4, grid: [20, 27] })
    await playground.pointAt({ row: 9, column: 9, grid: [20, 27] })
    await page.getByRole('radio', { name: 'Attention' }).check({ force: true })
    await page.getByRole('slider', { name: 'Layer' }).fill('3')
    await expect.poll(() => playground.readout(), PATIENT).toContain('attention')
    await page.getByLabel('Resolution').selectOption('224')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(16)
    await page.getByRole('radio', { name: 'Anomalies' }).check({ force: true })
    await page.getByRole('button', { name: 'Try it on drawn gears' }).click()
    await page.getByText(/^Learned 8 images/).waitFor(PATIENT)
    await page.locator('.anomaly-score').waitFor(PATIENT)
    await page.getByRole('button', { name: 'Clear' }).click()
  })
  expect(tasks).toBeGreaterThan(20)
  expect(longest).toBeLessThan(100)
})

test('says the meters under the pointer by a depth head, as in Node', async () => {
  const { page } = playground
  await playground.drop([await fileFrom(image('coffee'), 'image/jpeg', 'cup.jpg')])
  await page.getByRole('application', { name: /^cup/ }).waitFor(PATIENT)
  await playground.drop([{ name: 'meters.safetensors', type: '', bytes: metersHead(192) }])
  await page.getByText('Head: meters.safetensors').waitFor(PATIENT)
  await using vision = await open({ heads: { meters: depth({ weights: metersHead(192) }) } })
  const { map: meters, min, max } = await vision.heads.meters(image('coffee'), { size: SIZE })
  expect(max / min).toBeGreaterThan(1.2)
  await page.locator('.legend-ends', { hasText: `${min.toFixed(1)} m` }).waitFor(PATIENT)
  for (const [row, column] of PLACES) {
    await playground.pointAt({ row, column, grid: GRID })
    await expect.poll(() => playground.readout(), PATIENT).toMatch(/depth [\d.]+ m$/)
    const said = Number(/depth ([\d.]+) m$/.exec(await playground.readout())![1])
    const expected = meters.data[pixelAt(meters.shape, row, column)]!
    expect(Math.abs(said - expected) / expected).toBeLessThan(0.06)
  }
})

describe('the page, with other sources,', () => {
  test('shows the frames of a camera one after another, and keeps one as an image', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.getByRole('application', { name: /^Camera/ }).waitFor(PATIENT)
    const first = await playground.layer()
    await expect.poll(() => playground.layer(), PATIENT).not.toEqual(first)
    await page.getByRole('radio', { name: 'Follow' }).check({ force: true })
    await page.getByRole('application', { name: /^Camera/ }).click()
    await page.getByText(/% of the frame$/).waitFor(PATIENT)
    await page.getByRole('radio', { name: 'Points' }).check({ force: true })
    const points = page.getByRole('list', { name: 'Points' }).getByRole('listitem')
    for (const count of [1, 2]) {
      await page.getByRole('application', { name: /^Camera/ }).click({ position: { x: 120 * count, y: 120 } })
      await expect.poll(() => points.count(), PATIENT).toBe(count)
    }
    expect(await points.first().innerText()).toMatch(/Point 1\s+(\d+ % from the left, \d+ % down|lost)/)
    await page.getByRole('button', { name: 'Clear the points' }).click()
    await expect.poll(() => points.count(), PATIENT).toBe(0)
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await page.getByRole('button', { name: 'Keep' }).click()
    await page.getByRole('button', { name: 'Show Camera, a frame.png' }).waitFor(PATIENT)
    await playground.settled()
    expect(await page.getByRole('button', { name: 'Keep' }).count()).toBe(0)
  })

  test.skipIf(!hasShared)('downloads a published head when it is chosen', async () => {
    const { page } = playground
    const hosted = 'https://dl.fbaipublicfiles.com/**'
    const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/octet-stream' }
    await context.route(hosted, (route) => route.fulfill({ headers, body: Buffer.from(metersHead(384)) }))
    // Its card says that these are DINOv2's small, whose heads these are.
    await page.getByRole('button', { name: /^Model/ }).click()
    await page
      .getByLabel('A model’s file')
      .setInputFiles(await withCard(sharedPath('models/small14-saliency/model.safetensors'), findModelCard('dinov2-small')))
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('radio', { name: 'Depth' }).check({ force: true })
    await page.getByRole('button', { name: 'KITTI, on the road, up to 80 m 3 MB' }).waitFor(PATIENT)
    expect(foreign).toEqual([])
    await page.getByRole('button', { name: 'NYU, indoors, up to 10 m 3 MB' }).click()
    await page.getByText('Head: NYU').waitFor(PATIENT)
    await page.locator('.legend-ends', { hasText: ' m' }).waitFor(PATIENT)
    expect(new Set(foreign.splice(0))).toEqual(
      new Set(['https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_nyu_linear4_head.pth']),
    )
    await context.unroute(hosted)
  })
})
