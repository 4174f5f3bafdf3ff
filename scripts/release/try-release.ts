import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { byVite, byWebpack, type Bundle } from '../bundlers.ts'
import { findChromium } from '../find-chromium.ts'
import { packPackages } from './pack-packages.ts'
import { serveBuilt } from './serve-built.ts'
import { emptyProject, installedVersion, type PackageManager } from './empty-project.ts'
import { README_IMAGE, readmeExample, type ReadmeExample } from './readme-example.ts'

/** Parts of a release: what is built and opened in Chromium, or only what needs no browser. */
export type ReleaseParts = 'all' | 'without pages'

/** A thing to try: says what it saw, or throws. */
type Trial = () => Promise<string> | string

/**
 * Packs everything and uses it as its users will: installed from the tarballs into empty projects, the README's example in
 * Node, built by Vite and by webpack and opened in Chromium; the command of dinokit alone, and beside @dinokit/cli by npm and
 * by pnpm. Nothing is published.
 *
 * @param parts - what is tried
 * @returns whether all went well
 */
export async function tryRelease(parts: ReleaseParts): Promise<boolean> {
  // pnpm lets scripts find all packages of the workspace by it: what is tried here must find its own alone.
  delete process.env.NODE_PATH
  const folder = mkdtempSync(join(tmpdir(), 'dinokit-release-'))
  try {
    const example = await readmeExample()
    const packed = packPackages(join(folder, 'packed'))
    console.log(`ok packed ${packed.length} packages`)
    const project = (name: string, names: readonly string[], manager: PackageManager): string => {
      const path = join(folder, name)
      emptyProject(path, names, packed, manager)
      return path
    }
    const pages: readonly (readonly [string, Trial])[] = [
      ['Vite: README’s example', () => runInPage(project('vite', ['dinokit'], 'npm'), byVite, example)],
      ['webpack: README’s example', () => runInPage(project('webpack', ['dinokit'], 'npm'), byWebpack, example)],
    ]
    const trials: readonly (readonly [string, Trial])[] = [
      ['Node: README’s example', () => runInNode(project('node', ['dinokit'], 'npm'), example)],
      ['dinokit alone: its command', () => runAlone(join(folder, 'node'))],
      ...(parts === 'all' ? pages : []),
      ...(['npm', 'pnpm'] as const).map(
        (manager) =>
          [`${manager}: dinokit beside @dinokit/cli`, () => runBeside(project(manager, ['dinokit', '@dinokit/cli'], manager))] as const,
      ),
    ]
    let good = true
    for (const [name, trial] of trials) good = (await report(name, trial)) && good
    return good
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function report(name: string, trial: Trial): Promise<boolean> {
  try {
    console.log(`ok ${name}: ${await trial()}`)
    return true
  } catch (error) {
    console.log(`failed ${name}: ${String(error)}`)
    return false
  }
}

function assertPrints(printed: readonly string[], { prints }: ReadmeExample): string {
  // Consoles of browsers and of Node put other spaces around numbers.
  const bare = (lines: readonly string[]): string => lines.join('\n').replaceAll(/[ \t]/g, '')
  if (bare(printed) !== bare(prints)) throw new Error(`printed\n${printed.join('\n')}\nand not\n${prints.join('\n')}`)
  return printed.join(' | ')
}

function runInNode(folder: string, example: ReadmeExample): string {
  cpSync(README_IMAGE, join(folder, 'photo.jpg'))
  writeFileSync(join(folder, 'example.js'), example.code)
  const printed = execFileSync(process.execPath, ['example.js'], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  return assertPrints(printed.trim().split('\n'), example)
}

async function runInPage(folder: string, bundle: Bundle, example: ReadmeExample): Promise<string> {
  writeFileSync(join(folder, 'main.js'), `${example.code}\nconsole.log('end')\n`)
  const built = await bundle(folder)
  cpSync(README_IMAGE, join(built, 'photo.jpg'))
  const server = await serveBuilt(built)
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage()
    const printed: string[] = []
    const ended = new Promise<void>((done, fail) => {
      tab.on('console', (message) => {
        if (message.text() === 'end') done()
        else if (message.type() === 'error') fail(new Error(message.text()))
        else if (message.type() === 'log') printed.push(message.text())
      })
      tab.on('pageerror', fail)
      setTimeout(() => fail(new Error(`The page did not come to its end; it printed\n${printed.join('\n')}`)), 60_000).unref()
    })
    await tab.goto(`http://localhost:${(server.address() as AddressInfo).port}`)
    await ended
    return assertPrints(printed, example)
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}

/** Where the command is not installed, dinokit's bin says what to type, and ends as wrong usage does. */
function runAlone(folder: string): string {
  const { status, stderr } = runBin(folder, 'models', 'list')
  const line = stderr.trim().split('\n').at(-1).trim()
  if (status !== 2 || line !== 'npx @dinokit/cli models list') throw new Error(`It ended with ${status} and said\n${stderr}`)
  return `${line} (exit code ${status})`
}

/** Both packages have a command of one name: whichever was linked, and dinokit's own file, run the same program. */
function runBeside(folder: string): string {
  const version = installedVersion(folder, '@dinokit/cli')
  const own = spawnSync(process.execPath, [join(folder, 'node_modules/dinokit/dist/bin.js'), '--version'], {
    cwd: tmpdir(),
    encoding: 'utf8',
  })
  for (const { status, stdout, stderr } of [runBin(folder, '--version'), own])
    if (status !== 0 || stdout.trim() !== version) throw new Error(`It ended with ${status} and said\n${stdout}${stderr}, not ${version}`)
  return `${version} (exit code 0)`
}

function runBin(folder: string, ...args: string[]): ReturnType<typeof spawnSync> & { readonly stdout: string; readonly stderr: string } {
  const bin = join(folder, 'node_modules', '.bin', 'dinokit')
  return spawnSync(bin, args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
}
