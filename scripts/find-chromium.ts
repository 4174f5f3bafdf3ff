/**
 * Finds the browser that tests run in: an installed Chrome, Chromium or Edge, or Playwright's own; as root on Debian it
 * installs Chromium by apt-get, elsewhere it lets Playwright fetch its own.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge', 'microsoft-edge-stable']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...[process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].flatMap((folder) =>
    folder ? [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')] : [],
  ),
]
const INSTALL_MS = 300_000

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [
    process.env.CHROME_PATH ?? '',
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...ELSEWHERE,
    chromium.executablePath(),
  ]
  return candidates.find((path) => path !== '' && existsSync(path))
}

function install(): void {
  const run = (command: string, args: readonly string[]): boolean =>
    spawnSync(command, args, {
      stdio: ['ignore', 2, 2],
      timeout: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  process.stderr.write('No Chrome, Chromium or Edge is here: installing one.\n')
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    const apt = ['-qq', '-o', 'Dpkg::Use-Pty=0']
    if (run('apt-get', [...apt, 'update']) && run('apt-get', [...apt, 'install', '--yes', '--no-install-recommends', 'chromium'])) return
  }
  run('npx', ['playwright', 'install', 'chromium'])
}

/**
 * The path of a browser that works.
 *
 * @throws Error with one line that says what to install
 */
export function findChromium(): string {
  let path = installed()
  if (!path) {
    install()
    path = installed()
  }
  if (!path) throw new Error('The tests need a browser: install Chrome, Chromium or Edge, or set CHROME_PATH to one.')
  execFileSync(path, ['--version'], { stdio: 'ignore' })
  return path
}

/** Arguments of Chromium: sandboxes need rights that containers do not give; WebGPU is emulated, for correctness. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
] as const
