/**
 * Uses the packages in browsers as their users will: packed and unpacked, bundled by Vite and webpack with nothing set, by
 * esbuild and Rollup as docs/bundlers.md says (without it they must say so), or by `<script type="module">` alone, and from
 * Vite's development server; served under a strict content security policy, with and without cross-origin isolation. A page
 * classifies an image; whatever leaves its origin, and whatever the policy forbids, fails the check.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright'
import { createServer as createViteServer } from 'vite'
import { byEsbuild, byEsbuildSet, byRollup, byRollupSet, byVite, byWebpack, MODULE_PAGE } from './bundlers.ts'
import { findChromium } from './find-chromium.ts'
import { installPacked } from './release/install-packed.ts'
import { serveBuilt } from './release/serve-built.ts'

/** Report of the page. */
interface Report {
  readonly best: string
  readonly device: string
  readonly threads?: number
  readonly fallback?: string
  readonly error?: string
}

const MAIN = (entry: string): string => `
import { classification, open } from '${entry}'
async function look() {
  const vision = await open({ heads: { classify: classification() } })
  const [best] = (await vision.heads.classify('/chelsea.jpg')).classes
  const { engine } = vision
  await vision.dispose()
  return { best: best.name, ...engine }
}
look()
  .catch((error) => ({ error: error.code + ': ' + error.message + ' ' + JSON.stringify(error.details) }))
  .then((report) => (document.body.dataset.report = JSON.stringify(report)))
`
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

async function visit(browser: Browser, origin: string): Promise<{ readonly report: Report; readonly problems: string[] }> {
  const tab = await browser.newPage()
  const problems: string[] = []
  tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  tab.on('pageerror', (error) => problems.push(String(error)))
  tab.on('response', (response) => response.status() >= 400 && problems.push(`${response.status()} for ${response.url()}`))
  tab.on('request', (request) => {
    const { protocol, origin: of } = new URL(request.url())
    if (of !== origin && protocol !== 'data:' && protocol !== 'blob:') problems.push(`a request to ${of}`)
  })
  await tab.goto(origin)
  try {
    const body = await tab.waitForSelector('[data-report]', { state: 'attached', timeout: 60_000 })
    return { report: JSON.parse((await body.getAttribute('data-report'))!) as Report, problems }
  } catch (error) {
    return { report: { best: '', device: '', error: String(error) }, problems }
  } finally {
    await tab.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'dinokit-bundles-'))
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
let failed = false

/** Whether a page is as it should be. */
type Judge = (report: Report, problems: readonly string[], isolated: boolean) => boolean

const classifies: Judge = ({ best, threads = 0 }, problems, isolated) =>
  best === 'Egyptian cat' && problems.length === 0 && (isolated ? threads > 1 || navigator.hardwareConcurrency === 1 : threads === 1)

const saysWhatToSet: Judge = ({ error }) => /^(bundled|session-failed): .*docs\/bundlers\.md/.test(error ?? '')

async function check(label: string, origin: string, isolated: boolean, isRight = classifies): Promise<void> {
  const { report, problems } = await visit(browser, origin)
  const good = isRight(report, problems, isolated)
  if (!good) failed = true
  console.log(
    `${good ? 'ok' : 'failed'} ${label}: ${JSON.stringify(report)}${good ? '' : problems.map((problem) => `\n  ${problem}`).join('')}`,
  )
}

const BOTH = ['isolated', 'not isolated'] as const

async function checkServed(label: string, built: string, served: readonly (typeof BOTH)[number][], isRight = classifies): Promise<void> {
  cpSync('examples/first-look/images/chelsea.jpg', join(built, 'chelsea.jpg'))
  for (const isolation of served) {
    const server = await serveBuilt(built, isolation === 'isolated' ? ISOLATED : {})
    await check(`${label}, ${isolation}`, `http://localhost:${(server.address() as AddressInfo).port}`, isolation === 'isolated', isRight)
    server.closeAllConnections()
    server.close()
  }
}

try {
  installPacked(folder)
  writeFileSync(join(folder, 'main.js'), MAIN('dinokit'))

  await checkServed('Vite’s build', await byVite(folder), BOTH)
  await checkServed('webpack', await byWebpack(folder), BOTH)
  for (const [name, bundle, bundleSet] of [
    ['esbuild', byEsbuild, byEsbuildSet],
    ['Rollup', byRollup, byRollupSet],
  ] as const) {
    await checkServed(`${name} without a setting`, await bundle(folder), ['isolated'], saysWhatToSet)
    await checkServed(`${name}, as docs/bundlers.md says`, await bundleSet(folder), ['isolated'])
  }

  const plain = join(folder, 'plain')
  mkdirSync(plain)
  symlinkSync(join(folder, 'node_modules'), join(plain, 'node_modules'))
  writeFileSync(join(plain, 'main.js'), MAIN('/node_modules/dinokit/dist/standalone/dinokit.js'))
  writeFileSync(join(plain, 'index.html'), MODULE_PAGE)
  await checkServed('a plain script', plain, BOTH)

  cpSync('examples/first-look/images/chelsea.jpg', join(folder, 'public', 'chelsea.jpg'))
  const vite = await createViteServer({
    root: folder,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(folder, 'cache'),
    optimizeDeps: { exclude: ['dinokit', '@dinokit/runtime-web', '@dinokit/model-tiny', 'onnxruntime-web'] },
    server: { headers: ISOLATED, fs: { strict: false } },
  })
  await vite.listen()
  await check('Vite’s development server', vite.resolvedUrls!.local[0]!.replace(/\/$/, ''), true)
  await vite.close()
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
