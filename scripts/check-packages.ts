/**
 * Packs every public package as it would be published, and checks the tarballs: publint, are-the-types-wrong, and that
 * neither tests nor this workspace's protocol are in them, and that emitted files name none but emitted files and declared
 * packages.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { brokenAddresses } from './broken-addresses.ts'
import { publicPackages, type Manifest } from './public-packages.ts'
import { installWeight } from './release/install-weight.ts'

/** Most bytes of `npm install dinokit` without onnxruntime and sharp; packages/dinokit/README.md says what it does. */
const HEAVIEST = 30_000_000

const folder = mkdtempSync(join(tmpdir(), 'dinokit-packages-'))
const unpackedFolders = new Map<string, string>()
let failed = false

function run(command: string, args: readonly string[], cwd?: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

try {
  for (const { folder: path } of publicPackages()) run('pnpm', ['pack', '--pack-destination', folder], resolve(path))
  for (const tarball of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    const path = join(folder, tarball)
    try {
      run('publint', ['run', path, '--strict'])
      run('attw', [path, '--profile', 'esm-only', '--no-emoji'])
      const packed = run('tar', ['-xOzf', path, 'package/package.json'])
      if (packed.includes('workspace:')) throw new Error('its package.json has workspace: dependencies')
      const tests = run('tar', ['-tzf', path])
        .split('\n')
        .filter((file) => file.includes('.test.'))
      if (tests.length > 0) throw new Error(`it holds ${tests.join(', ')}`)
      const unpacked = path.replace(/\.tgz$/, '')
      mkdirSync(unpacked)
      run('tar', ['-xzf', path, '-C', unpacked])
      unpackedFolders.set((JSON.parse(packed) as Manifest).name, join(unpacked, 'package'))
      const broken = brokenAddresses(join(unpacked, 'package'))
      if (broken.length > 0) throw new Error(`emitted files name what their users do not have:\n  ${broken.join('\n  ')}`)
      console.log(`ok ${tarball}`)
    } catch (error) {
      failed = true
      console.error(`failed ${tarball}: ${error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)}`)
    }
  }
  const weights = installWeight('dinokit', unpackedFolders)
  const bytes = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const list = [...weights].map(([name, weight]) => `${name} ${(weight / 1e6).toFixed(2)}`).join(', ')
  console.log(
    `${bytes > HEAVIEST ? 'failed' : 'ok'} npm install dinokit: ${(bytes / 1e6).toFixed(1)} MB without onnxruntime and sharp: ${list}`,
  )
  failed ||= bytes > HEAVIEST
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = failed ? 1 : 0
