// The built page in real Chromium, used as people use it. What it says is compared with what dinokit says in Node.
import {
  attentionOverPatches,
  attentionRow,
  createPatchSearch,
  discoverObjects,
  maskedTokens,
  matchPatches,
  outlierPatches,
  patchFacet,
  readAnomalyBank,
  scorePatches,
  segmentByClusters,
  similarityMap,
} from '@dinokit/analysis'
import { depth } from '@dinokit/head-depth'
import { segmentation } from '@dinokit/head-segmentation'
import { bytesSource, classification, findModelCard, open, tensor } from 'dinokit'
import { readFile } from 'node:fs/promises'
import type { BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { partsHead } from './head-files.ts'
import { GRID, pixelAt, PLACES, SIZE } from './patch-places.ts'
import { fileFrom, PATIENT, type DroppedFile, type PlaygroundPage } from './playground-page.ts'
import { serveApp, type ServedApp } from './serve.ts'
import { withCard } from './model-file.ts'
import { openPlayground, type OpenPlayground } from './open-playground.ts'

const image = (name: string): URL => new URL(`../../../examples/first-look/images/${name}.jpg`, import.meta.url)
const WEIGHTS = new URL('../../../packages/model-tiny/assets/model.safetensors', import.meta.url)
const text = (name: string, type: string, words = 'This is no such file.'): DroppedFile => ({
  name,
  type,
  bytes: new TextEncoder().encode(words),
})

/** Sizes that the page shows two images at: the shorter side at 224 pixels, in patches of 14. */
const SIZES = { coffee: { width: 336, height: 224 }, rocket: { width: 336, height: 224 } }

/** Width and height by the header of a PNG file. */
function pngSize(png: Buffer): [width: number, height: number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

/** Faults of what the page is to those who do not see it, or not well, by axe. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core/axe.min.js')) })
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> }
      }
    ).axe
    return (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
    )
  })
}

let opened: OpenPlayground
let app: ServedApp
let context: BrowserContext
let playground: PlaygroundPage
let foreign: string[]

beforeAll(async () => {
  opened = await openPlayground()
  ;({ app, context, playground, foreign } = opened)
}, 120_000)
afterAll(() => opened.close())
afterEach(() => {
  expect(opened.errors.splice(0)).toEqual([])
})

describe('the page, with an image,', () => {
  test('shows a sample at once: its classes, and its features as colors', async () => {
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

  test('gives the five classes of dinokit in Node for a file that is dropped', async () => {
    await playground.drop([await fileFrom(image('coffee'), 'image/jpeg', 'my coffee.jpg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).toBe('Espresso')
    await using vision = await open({ heads: { classes: classification() } })
    const { classes: expected } = await vision.heads.classes(image('coffee'))
    const found = await playground.classes()
    expect(found.map(({ name }) => name.toLowerCase())).toEqual(expected.map(({ name }) => name.split(',')[0]!.toLowerCase()))
    found.forEach(({ share }, index) =>
      expect(Math.abs(parseFloat(share.replace('<', '')) - 100 * expected[index]!.probability)).toBeLessThan(1),
    )
  })

  test('takes one that is pasted', async () => {
    await playground.paste([await fileFrom(image('rocket'), 'image/jpeg', 'image.jpg')])
    await playground.page.getByRole('application', { name: /^image\.jpg/ }).waitFor(PATIENT)
    await playground.settled()
    expect((await playground.classes())[0]!.name).not.toBe('Espresso')
    await playground.page.getByRole('button', { name: 'Show my coffee.jpg' }).click()
    await playground.page.getByRole('application', { name: /^my coffee/ }).waitFor(PATIENT)
  })

  test('shows the similarity to a clicked patch, as in Node', async () => {
    await playground.settled()
    const { width: columns, height: rows } = await playground.layer()
    const grid = [rows, columns] as const
    const features = await playground.layer()
    const { page } = playground
    await page.getByRole('radio', { name: 'Similarity' }).check({ force: true })
    // To the middle, until a patch is chosen.
    await expect.poll(() => playground.readout(), PATIENT).toMatch(/^Row 9, column 13, similarity 1/)
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await playground.clickPatch({ row: 7, column: 9, grid })
    await playground.page.getByRole('radio', { name: 'Similarity' }).and(playground.page.locator(':checked')).waitFor()
    await expect.poll(() => playground.layer(), PATIENT).not.toEqual(features)
    await using vision = await open()
    const tokens = await vision.embed(image('coffee'), { size: { width: columns * 14, height: rows * 14 } })
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
    // The other images show where they are like the patch.
    await expect.poll(() => page.locator('.tile:not(.is-current) .raster').count(), PATIENT).toBeGreaterThanOrEqual(5)
  })

  test('keeps the chosen patch with another image, and names the view in the address, which restores it', async () => {
    const { page } = playground
    await page.getByRole('button', { name: 'Show chelsea.jpg' }).click()
    await page.getByRole('application', { name: /^chelsea/ }).waitFor(PATIENT)
    await page.mouse.move(0, 0)
    await expect.poll(() => playground.readout(), PATIENT).toMatch(/^Row 8, column 10, similarity 1/)
    const { hash } = new URL(page.url())
    expect(Object.fromEntries(new URLSearchParams(hash.slice(1)))).toMatchObject({
      model: 'tiny',
      layer: 'similarity',
      size: '224',
      image: 'chelsea.jpg',
    })
    const other = await opened.visit(await context.newPage(), `${app.url}${hash}`)
    await expect.poll(() => other.readout(), PATIENT).toMatch(/^Row 8, column 10, similarity 1/)
    await other.page.close()
    await page.getByRole('button', { name: 'Show my coffee.jpg' }).click()
    await page.getByRole('application', { name: /^my coffee/ }).waitFor(PATIENT)
  })

  test('saves the view as an image, with a line that explains its colors', async () => {
    const { page } = playground
    await playground.settled()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as PNG' }).click()])
    expect(download.suggestedFilename()).toBe('my coffee-similarity.png')
    const [width, height] = pngSize(await readFile(await download.path()))
    // 600 x 400 pixels, and the line below.
    expect([width, height]).toEqual([600, 464])
  })

  test('shows the attention of a head, in another layer, of CLS and of the chosen patch, as in Node', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Attention' }).check({ force: true })
    await expect.poll(() => page.locator('.head canvas').count()).toBe(4)
    const { width: columns, height: rows } = await playground.layer()
    await using vision = await open({ attention: [5, 12] })
    const { attention } = await vision.embed(image('coffee'), { size: { width: columns * 14, height: rows * 14 } })
    const compare = async (layer: number, token: number, head: number): Promise<void> => {
      const map = attentionOverPatches(attentionRow(attention[layer]!, { token }), [rows, columns])
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

  test('matches patches with another image, as in Node, and frames the match of the one that is pointed at', async () => {
    const { page } = playground
    const { width: columns, height: rows } = await playground.layer()
    await page.getByRole('radio', { name: 'Match' }).check({ force: true })
    await page.getByLabel('With').selectOption('rocket.jpg')
    await page.getByText(/\d+ matches/).waitFor(PATIENT)
    await using vision = await open()
    const [coffee, rocket] = await Promise.all(
      ['coffee', 'rocket'].map((name) => vision.embed(image(name), { size: SIZES[name as keyof typeof SIZES] })),
    )
    expect([rows, columns]).toEqual(coffee!.patches.shape.slice(0, 2))
    const expected = matchPatches(coffee!.patches, rocket!.patches, { agreeing: 0 })
    expect(await page.getByText(/\d+ matches/).innerText()).toContain(`${expected.length} matches`)
    const { from, to } = expected[0]!
    await playground.pointAt({ ...from, grid: [rows, columns] })
    await expect.poll(() => playground.readout()).toContain('match, similarity')
    const [top, left] = await page.locator('.stage-other .mark').evaluate(({ style }) => [parseFloat(style.top), parseFloat(style.left)])
    const [otherRows, otherColumns] = rocket!.patches.shape as [number, number, number]
    expect(Math.abs((top * otherRows) / 100 - to.row)).toBeLessThan(0.1)
    expect(Math.abs((left * otherColumns) / 100 - to.column)).toBeLessThan(0.1)
  })

  test('finds what is brushed in the other images too, as in Node, and takes it back', async () => {
    const { page } = playground
    await page.getByRole('button', { name: 'Show coffee.jpg' }).click()
    await playground.settled()
    await page.getByRole('radio', { name: 'Example' }).check({ force: true })
    const { width: columns, height: rows } = await playground.layer()
    const stage = page.getByRole('application')
    const box = (await stage.boundingBox())!
    const [row, column] = [Math.floor(rows / 2), Math.floor(columns / 2)]
    await stage.click({ position: { x: ((column + 0.5) * box.width) / columns, y: ((row + 0.5) * box.height) / rows } })
    const shares = page.locator('.swatches .swatch-share')
    await expect.poll(() => shares.count(), { timeout: 60_000 }).toBeGreaterThan(1)
    await using vision = await open()
    const { patches } = await vision.embed(image('coffee'), { size: { width: columns * 14, height: rows * 14 } })
    const brushed = new Set([0, -1, 1, -columns, columns].map((step) => row * columns + column + step))
    const mask = (inside: number): ReturnType<typeof tensor<'bool'>> =>
      tensor(
        'bool',
        Uint8Array.from({ length: rows * columns }, (_, patch) => (brushed.has(patch) ? inside : 1 - inside)),
        [rows, columns],
      )
    const scores = segmentByClusters(patches, { inside: maskedTokens(patches, mask(1)), outside: maskedTokens(patches, mask(0)) })
    const found = scores.data.filter((score) => score > 0).length / scores.data.length
    const said = page.locator('.swatches li', { hasText: /^coffee\.jpg/ }).locator('.swatch-share')
    await expect.poll(() => said.innerText()).toBe(`${Math.max(1, Math.round(found * 100))} %`)
    await page.getByRole('button', { name: 'Clear the brush' }).click()
    await expect.poll(() => shares.count()).toBe(0)
  })

  test('finds the object of an image, as in Node', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Objects' }).check({ force: true })
    await page.getByText('Object 1, score').waitFor(PATIENT)
    const { width: columns, height: rows } = await playground.layer()
    await using vision = await open({ facets: [12], rawLayers: [12] })
    const tokens = await vision.embed(image('coffee'), { size: { width: columns * 14, height: rows * 14 } })
    const [found] = discoverObjects(patchFacet(tokens, 12), { ignored: outlierPatches(tokens.rawLayers[12]!.patches) })
    for (const [row, column] of PLACES) {
      await playground.pointAt({ row, column, grid: [rows, columns] })
      const expected = found!.mask.data[row * columns + column] ? 'object 1' : 'no object'
      await expect.poll(() => playground.readout()).toBe(`Row ${row + 1}, column ${column + 1}, ${expected}`)
    }
  })

  test('shows the foreground alone, another opacity and a finer resolution', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await page.getByRole('switch', { name: /Foreground only/ }).check()
    const transparent = (): Promise<number> =>
      page.locator('.stage-layer').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return data.filter((value, index) => index % 4 === 3 && value === 0).length / (data.length / 4)
      })
    // A part of the patches, neither none nor all.
    await expect.poll(async () => Math.abs((await transparent()) - 0.5), PATIENT).toBeLessThan(0.4)
    // With colors of all images, too: each has a foreground of its own.
    await page.getByRole('switch', { name: /Share colors/ }).check()
    await page.locator('.tile:not(.is-current) .raster').nth(4).waitFor(PATIENT)
    expect(Math.abs((await transparent()) - 0.5)).toBeLessThan(0.4)
    await page.getByRole('switch', { name: /Share colors/ }).uncheck()
    await page.getByRole('switch', { name: /Foreground only/ }).uncheck()
    await page.getByRole('slider', { name: 'Opacity' }).fill('0.5')
    await expect.poll(() => page.locator('.stage-layer').evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe('0.5')
    await page.getByLabel('Resolution').selectOption('280')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(20)
    await page.getByLabel('Resolution').selectOption('224')
    await expect.poll(async () => (await playground.layer()).height, PATIENT).toBe(16)
  })

  test('gives the built-in heads’ answers as in Node does', async () => {
    const { page } = playground
    const { width: columns, height: rows } = await playground.layer()
    const size = { width: columns * 14, height: rows * 14 }
    await using vision = await open({ heads: { parts: segmentation(), meters: depth() } })
    const { classes } = await vision.heads.parts(image('coffee'), { size: SIZE })
    const { min, max } = await vision.heads.meters(image('coffee'), { size })
    await page.getByRole('radio', { name: 'Segmentation' }).check({ force: true })
    await page.locator('.swatches li').first().waitFor(PATIENT)
    expect(await page.locator('.swatches li').first().innerText()).toContain(classes[0]!.name)
    await page.getByRole('radio', { name: 'Depth' }).check({ force: true })
    await page.locator('.legend', { hasText: 'Distance' }).waitFor(PATIENT)
    const ends = (await page.locator('.legend-ends span').allInnerTexts()).map(parseFloat)
    expect(Math.abs(ends[0]! - min)).toBeLessThan(0.1)
    expect(Math.abs(ends[1]! - max)).toBeLessThan(0.1)
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
  })

  test('asks nothing of any other origin', () => {
    expect(foreign).toEqual([])
  })
})

describe('good images', () => {
  test('score others and find where they are unlike, as in Node, by a bank that the command takes', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Anomalies' }).check({ force: true })
    await page.getByRole('button', { name: 'Show coffee.jpg' }).click()
    const good = page.getByRole('region', { name: 'Good images' })
    await good.getByLabel('Choose good images').setInputFiles(['coffee', 'rocket'].map((name) => fileURLToPath(image(name))))
    await good.getByText(/^Learned 2 images/).waitFor(PATIENT)
    await page.getByRole('button', { name: 'Show astronaut.jpg' }).click()
    await page.getByRole('application', { name: /^astronaut/ }).waitFor(PATIENT)
    await playground.settled()
    const score = page.locator('.anomaly-score')
    await score.waitFor(PATIENT)
    const [download] = await Promise.all([page.waitForEvent('download'), good.getByRole('button', { name: 'Download the bank' }).click()])
    const { patches, info } = await readAnomalyBank(bytesSource('bank', new Uint8Array(await readFile(await download.path()))))
    expect(info).toMatchObject({ images: 2, layer: 12, size: SIZES.coffee, threshold: { images: 2 } })
    const { width: columns, height: rows } = await playground.layer()
    await using vision = await open()
    await using search = await createPatchSearch(vision.runtime, patches)
    const tokens = await vision.embed(image('astronaut'), { size: { width: columns * 14, height: rows * 14 } })
    const expected = await scorePatches(search, tokens.patches)
    await expect.poll(async () => Math.abs(parseFloat(await score.innerText()) - expected.score), PATIENT).toBeLessThan(0.002)
    for (const [row, column] of [
      [2, 3],
      [9, 12],
    ] as const) {
      await playground.pointAt({ row, column, grid: [rows, columns] })
      await expect.poll(() => playground.readout()).toContain('distance')
      const said = Number((await playground.readout()).split(' ').at(-1))
      expect(Math.abs(said - expected.distances.data[row * columns + column]!)).toBeLessThan(0.01)
    }
    // The threshold is the user's to move: above the score the image is like the good ones.
    await page.getByRole('slider', { name: 'Threshold' }).fill('1')
    await page
      .getByText(/, like the good images$/)
      .first()
      .waitFor(PATIENT)
    expect(new URL(page.url()).hash).toContain('threshold=1')
    await page.getByRole('button', { name: /^Back to/ }).click()
    await good.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Choose good images, or drop them here').waitFor()
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
  })

  test('can be drawn ones, with which a link restores the view', async () => {
    const page = await context.newPage()
    try {
      await opened.visit(page, `${app.url}#layer=anomalies&size=224&parts=drawn&image=gear+with+a+stain.png`)
      await page.getByText(/^Learned 8 images/).waitFor(PATIENT)
      await page.getByRole('application', { name: /^gear with a stain/ }).waitFor(PATIENT)
      await page.locator('.anomaly-score', { hasText: 'unlike the good images' }).waitFor(PATIENT)
      const scores = page.getByRole('list', { name: 'Scores' }).getByRole('listitem')
      const said = async (name: string): Promise<string> => (await scores.filter({ hasText: name }).innerText()).replaceAll('\n', ' ')
      await expect.poll(() => scores.count(), PATIENT).toBe(8)
      for (const name of ['gear with a scratch', 'gear with a plugged hole']) expect(await said(name)).toContain('unlike the good images')
      expect(await said('one more good gear')).toContain(', like the good images')
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as PNG' }).click()])
      expect(download.suggestedFilename()).toBe('gear with a stain-anomalies.png')
      expect(pngSize(await readFile(await download.path()))).toEqual([480, 544])
      await page.setViewportSize({ width: 390, height: 844 })
      expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(390)
      expect(await violationsOf(page)).toEqual([])
    } finally {
      await page.close()
    }
  })
})

describe('classes of one’s own', () => {
  test('are learned from a few images, name what is shown, and are a head that dinokit takes in Node', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Teach' }).check({ force: true })
    const card = page.getByRole('region', { name: 'Layer over the image' })
    const learn = card.getByRole('button', { name: 'Learn' })
    await card.getByLabel('Name of Class 1').fill('Pets')
    await card.getByLabel('Name of Class 2').fill('Drinks')
    await card.getByLabel('Add images to Pets').setInputFiles(fileURLToPath(image('chelsea')))
    expect(await learn.isDisabled()).toBe(true)
    await playground.drop([await fileFrom(image('coffee'), 'image/jpeg', 'a cup.jpg')])
    await page.getByRole('application', { name: /^a cup/ }).waitFor(PATIENT)
    await card.getByRole('button', { name: 'Add what is shown to Drinks' }).click()
    await learn.click()
    const share = async (name: string): Promise<number> => parseInt(await card.locator(`[data-class="${name}"]`).innerText(), 10)
    await expect.poll(() => share('Drinks'), PATIENT).toBeGreaterThan(80)
    const [download] = await Promise.all([page.waitForEvent('download'), card.getByRole('button', { name: 'Download the head' }).click()])
    const weights = new Uint8Array(await readFile(await download.path()))
    await using vision = await open({ heads: { own: classification({ weights }) } })
    const { classes } = await vision.heads.own(image('coffee'))
    expect(classes.map(({ name }) => name)).toEqual(['Drinks', 'Pets'])
    expect(Math.abs(100 * classes[0]!.probability - (await share('Drinks')))).toBeLessThan(1)
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
  })
})

describe('the page, where something goes wrong,', () => {
  test('names files that are not images, videos without frames, and files that are not weights', async () => {
    const before = await playground.classes()
    await playground.drop([text('notes.txt', 'text/plain')])
    expect(await playground.notice(/notes\.txt is not an image/)).toContain('JPEG, PNG')
    await playground.drop([text('torn.jpg', 'image/jpeg', '\xff\xd8\xff\xe0 torn')])
    await playground.notice(/torn\.jpg/)
    await playground.drop([text('film.mp4', 'video/mp4')])
    await playground.notice(/film\.mp4 has no image/)
    for (const name of ['weights.safetensors', 'weights.pth', 'weights.onnx']) {
      await playground.drop([text(name, '')])
      await playground.notice(/weights\..* (?:is not|can’t be)/)
    }
    await playground.settled()
    await playground.drop([await fileFrom(image('rocket'), 'image/jpeg', 'after.jpg')])
    await expect.poll(async () => (await playground.classes())[0]!.name, PATIENT).not.toBe(before[0]!.name)
    await playground.settled()
  })

  test('opens again and works without any network', async () => {
    await playground.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await context.setOffline(true)
    const page = await context.newPage()
    try {
      const again = await opened.visit(page, app.url)
      expect((await again.classes())[0]).toMatchObject({ name: 'Egyptian cat' })
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    } finally {
      await page.close()
      await context.setOffline(false)
    }
  })

  test('keeps the open model where a download is canceled', async () => {
    const { page } = playground
    const hub = 'https://huggingface.co/**'
    await context.route(hub, () => {})
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.getByRole('button', { name: /^Base 87 million/ }).click()
    await page.getByRole('progressbar', { name: 'Download of dinov2-base' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('progressbar').waitFor({ state: 'detached' })
    await page.locator('.model.is-current', { hasText: 'Tiny' }).waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    expect(await page.locator('.notice').count()).toBe(0)
    await context.unroute(hub)
    foreign.length = 0
  })

  test('computes on one thread without SharedArrayBuffer, and says why', async () => {
    const bare = await serveApp(opened.folder, false)
    const page = await context.newPage()
    try {
      const other = await opened.visit(page, bare.url)
      expect((await other.classes())[0]).toMatchObject({ name: 'Egyptian cat' })
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
      await page.locator('.status', { hasText: 'one thread' }).waitFor()
      await page.getByRole('button', { name: /^Model/ }).click()
      await page.getByText('not cross-origin isolated, so one thread computes').waitFor()
    } finally {
      await page.close()
      await bare.close()
    }
  })
})

describe('the page', () => {
  test('works by keys alone', async () => {
    const { page } = playground
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.getAttribute('role') ?? document.activeElement?.tagName.toLowerCase() ?? '')
    const tabTo = async (role: string): Promise<void> => {
      for (let step = 0; step < 30 && (await focused()) !== role; step++) await page.keyboard.press('Tab')
      expect(await focused()).toBe(role)
    }
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await playground.settled()
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    await page.getByRole('button', { name: /^Model/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await tabTo('application')
    for (const key of ['ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
    await expect.poll(() => playground.readout(), PATIENT).toMatch(/^Row 9, column 11, similarity 1/)
    await page.keyboard.press('Escape')
    // Back to the middle.
    await expect.poll(() => page.locator('.mark.is-chosen').evaluate((mark) => (mark as HTMLElement).style.top)).toBe('50%')
    for (
      let step = 0;
      step < 30 && !(await page.getByRole('radio', { name: 'Similarity' }).evaluate((radio) => radio === document.activeElement));
      step++
    )
      await page.keyboard.press('Tab')
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.locator('.head canvas').count()).toBe(4)
  })

  test('is readable and labeled, light and dark, on a wide screen and on a phone, with nothing to scroll sideways', async () => {
    const { page } = playground
    const back = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const seen = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, height] of [
        [1280, 860],
        [390, 844],
        [320, 640],
      ] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.setViewportSize({ width, height })
        seen.add(await back())
        expect(await page.evaluate(() => document.scrollingElement!.scrollWidth), `${colorScheme} ${width}`).toBeLessThanOrEqual(width)
        if (width === 320) continue
        expect(await violationsOf(page), `${colorScheme} ${width}`).toEqual([])
      }
    }
    expect(seen.size).toBe(2)
    await page.setViewportSize({ width: 1280, height: 860 })
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
  })
})

describe('the page, with a head dropped as a file,', () => {
  test('names the class under the pointer by a segmentation head, as in Node', async () => {
    const { page } = playground
    await playground.drop([await fileFrom(image('coffee'), 'image/jpeg', 'cup.jpg')])
    await page.getByRole('application', { name: /^cup/ }).waitFor(PATIENT)
    await playground.drop([{ name: 'parts.safetensors', type: '', bytes: partsHead(192) }])
    await page.getByText('Head: parts.safetensors').waitFor(PATIENT)
    await playground.settled()
    expect(await page.getByRole('radio', { name: 'Segmentation' }).isChecked()).toBe(true)
    await using vision = await open({ heads: { parts: segmentation({ weights: partsHead(192) }) } })
    const { labels, classes } = await vision.heads.parts(image('coffee'), { size: SIZE })
    // One pixel of the layer for one of the image.
    await expect.poll(() => playground.layer(), PATIENT).toMatchObject({ width: labels.shape[1], height: labels.shape[0] })
    expect(new Set(labels.data).size).toBeGreaterThan(1)
    const said = (share: number): string => `${share < 0.01 ? '< 1' : Math.round(share * 100)} %`
    const listed = (await page.locator('.swatches li').allInnerTexts()).map((text) => text.split(/\s*\n\s*/))
    expect(listed).toEqual(classes.map(({ name, share }) => [name, said(share)]))
    for (const [row, column] of PLACES) {
      await playground.pointAt({ row, column, grid: GRID })
      const { name } = classes.find(({ index }) => index === labels.data[pixelAt(labels.shape, row, column)])!
      await expect.poll(() => playground.readout(), PATIENT).toBe(`Row ${row + 1}, column ${column + 1}, ${name}`)
    }
  })

  test('rejects a head of another model, and keeps the one that was open', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Segmentation' }).check({ force: true })
    await page.getByText('Head: parts.safetensors').waitFor(PATIENT)
    await playground.settled()
    const before = await playground.layer()
    await playground.drop([{ name: 'wide.safetensors', type: '', bytes: partsHead(384) }])
    await playground.notice(/wide\.safetensors is for another model/)
    await page.getByText('Head: parts.safetensors').waitFor(PATIENT)
    expect(await playground.layer()).toEqual(before)
  })
})

describe('the page, with other sources,', () => {
  test('opens a model’s file: the same features, without names of things', async () => {
    const { page } = playground
    await page.getByRole('radio', { name: 'Features' }).check({ force: true })
    await playground.settled()
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.getByLabel('A model’s file').setInputFiles(await withCard(WEIGHTS, { ...findModelCard('tiny'), id: 'copy' }))
    await page.getByText('Only the built-in model knows names').waitFor(PATIENT)
    await page.locator('.model-about', { hasText: 'License' }).getByText('Apache-2.0').waitFor(PATIENT)
    await page.getByRole('button', { name: 'Close' }).click()
    await playground.settled()
    await expect.poll(async () => (await playground.layer()).width, PATIENT).toBeGreaterThan(1)
    for (const task of ['segmentation', 'depth']) {
      await page.getByRole('radio', { name: new RegExp(task, 'i') }).check({ force: true })
      await page.getByText(`No head for ${task} is known for this model`).waitFor(PATIENT)
    }
  })

  test('asks nothing of any other origin but what was chosen', () => {
    expect(foreign).toEqual([])
  })
})
