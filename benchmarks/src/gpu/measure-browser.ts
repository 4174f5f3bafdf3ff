// The last step of the archive that pack.ts makes, where a browser was packed: it serves page.html beside it, starts the browser without a
// window, and writes what the page tells, as JSON, each time that it tells something.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const PAGE = join(HERE, 'page')
const [out = 'browser.json', ...more] = process.argv.slice(2)
/** Longest that one try may take, in milliseconds. */
const PATIENCE_MS = 300_000
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** Flags of each try: a browser's WebGPU finds the driver by one of them, or by none. */
const TRIES: readonly (readonly string[])[] = [
  ['--ozone-platform=headless', '--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'],
  ['--ozone-platform=headless', '--enable-features=Vulkan'],
]
const ALWAYS = ['--headless', '--no-sandbox', '--no-first-run', '--disable-gpu-sandbox', '--ignore-gpu-blocklist', '--enable-unsafe-webgpu']

const results: { readonly flags: readonly string[]; readonly found: Record<string, unknown> }[] = []
let onDone = (): void => {}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin').setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
  if (request.method === 'POST') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const [name, value] = JSON.parse(Buffer.concat(chunks).toString()) as [string, unknown]
    results.at(-1).found[name] = value
    console.log(name, JSON.stringify(value))
    await writeFile(out, JSON.stringify(results, undefined, 1))
    response.end()
    if (name === 'done') onDone()
    return
  }
  const path = resolve(PAGE, `.${decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname)}`)
  const file = path === PAGE ? join(PAGE, 'page.html') : path
  if (!file.startsWith(PAGE + sep) || !existsSync(file)) return void response.writeHead(404).end()
  response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream').end(await readFile(file))
}

async function tryFlags(flags: readonly string[], address: string): Promise<void> {
  results.push({ flags, found: {} })
  const profile = await mkdtemp(join(tmpdir(), 'dinokit-browser-'))
  const browser = spawn(join(HERE, 'browser', 'start'), [...ALWAYS, ...flags, `--user-data-dir=${profile}`, address], {
    env: { ...process.env, LD_LIBRARY_PATH: [join(HERE, 'browser-lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  browser.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4000)))
  const how = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve('no answer in time'), PATIENCE_MS)
    const end = (how: string): void => {
      clearTimeout(timer)
      resolve(how)
    }
    onDone = () => end('done')
    browser.on('exit', (code, signal) => end(`the browser ended: ${signal ?? code}`)).on('error', (cause) => end(String(cause)))
  })
  results.at(-1).found.ended = how
  if (how !== 'done' || results.at(-1).found.webgpu === undefined) results.at(-1).found.words = words
  await writeFile(out, JSON.stringify(results, undefined, 1))
  browser.kill('SIGKILL')
  await rm(profile, { recursive: true, force: true, maxRetries: 5 })
}

const server = createServer((request, response) => void answer(request, response).catch(() => response.writeHead(500).end())).listen(
  0,
  '127.0.0.1',
)
await new Promise((resolve) => server.once('listening', resolve))
for (const flags of more.length > 0 ? [more] : TRIES) await tryFlags(flags, `http://localhost:${(server.address() as AddressInfo).port}/`)
server.closeAllConnections()
server.close()
