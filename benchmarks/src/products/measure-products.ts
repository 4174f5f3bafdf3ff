// Prints tables of products of matrices in Chromium: `npx tsx benchmarks/src/products/measure-products.ts [options of the page]`, such as
// `threads=1` or `threads=2&dims=384&tunings=relaxed_6_2_4_384_48`, a table each.
import { findModelCard } from '@dinokit/core'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { CHROMIUM_ARGS, findChromium } from '../../../scripts/find-chromium.ts'
import { pageTime } from '../lib/page-time.ts'
import { writeRandomCheckpoint } from '../lib/random-checkpoint.ts'
import { servePage } from '../lib/serve-page.ts'

/** Tables that are printed where none is asked for. */
const DEFAULT = [1, 2].flatMap((threads) => [
  `threads=${threads}`,
  ...['tiny', 'dinov2-small'].map((card) => `threads=${threads}&operators=${card}`),
  ...['tiny', '/small.safetensors'].map((model) => `threads=${threads}&model=${model}`),
])

/** Longest that one table may take. */
const TIMEOUT_MS = 1_200_000

const folder = await mkdtemp(join(tmpdir(), 'dinokit-products-'))
const server = await servePage(fileURLToPath(new URL('.', import.meta.url)), folder)
const require = createRequire(import.meta.url)
await symlink(dirname(require.resolve('onnxruntime-web/wasm')), join(folder, 'ort'))
await symlink(join(dirname(fileURLToPath(import.meta.resolve('@litertjs/core'))), '..', 'wasm'), join(folder, 'litert'))
await writeRandomCheckpoint(join(folder, 'small.safetensors'), findModelCard('dinov2-small').architecture, 'meta')
const host = await chromium.launchServer({ executablePath: findChromium(), args: [...CHROMIUM_ARGS] })
const browser = await chromium.connect(host.wsEndpoint())
try {
  const given = process.argv.slice(2)
  for (const query of given.length > 0 ? given : DEFAULT) {
    const tab = await browser.newPage()
    await tab.exposeFunction('processorTime', (all: boolean) => pageTime(host.process().pid!, all))
    await tab.goto(`${server.resolvedUrls!.local[0]!}?${query}`)
    await tab.waitForSelector('[data-done]', { timeout: TIMEOUT_MS })
    console.log(`${await tab.textContent('pre')}\nload of the machine ${loadavg()[0]!.toFixed(1)}\n`)
    await tab.close()
  }
} finally {
  await browser.close()
  await host.close()
  await server.close()
  await rm(folder, { recursive: true })
}
