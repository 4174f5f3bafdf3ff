/**
 * Runs the README's example on every runtime that the README names, with the packages as they are published: it must print
 * what the README says, and the bits of the tokens must be the same on all. The runtimes are npm packages; one that can't be
 * had is skipped by name.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPacked } from './install-packed.ts'
import { README_IMAGE, readmeExample } from './readme-example.ts'

/** The floor of engines.node, and what else people run; each is an npm package with a command of its own name. */
const RUNTIMES = ['node@20.19.0', 'node@22', 'node@24', 'bun@1', 'deno@2'] as const
/** Added to the example: a digest of all its numbers. */
const DIGEST = `
import { createHash } from 'node:crypto'
const bytes = ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
console.log('bits ' + createHash('sha256').update(bytes(tokens.cls)).update(bytes(tokens.patches)).digest('hex'))
`
// Deno does not end by itself where the engine's threads were started (seen with 2.9.6); the README says so.
const END: Readonly<Record<string, string>> = { deno: 'process.exit()\n' }
const OPTIONS: Readonly<Record<string, readonly string[]>> = { node: [], bun: ['run'], deno: ['run', '--allow-all'] }

/** The path of a runtime's command, or undefined where the registry has none for this machine. */
function fetchRuntime(folder: string, specifier: string): string | undefined {
  const home = join(folder, specifier)
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true }')
  const fetched = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', specifier], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  const command = join(home, 'node_modules', '.bin', specifier.split('@')[0]!)
  const works = fetched.status === 0 && spawnSync(command, ['--version'], { shell: process.platform === 'win32' }).status === 0
  return works ? command : undefined
}

const folder = mkdtempSync(join(tmpdir(), 'dinokit-runtimes-'))
const problems: string[] = []
try {
  const { code, prints } = await readmeExample()
  installPacked(folder)
  cpSync(README_IMAGE, join(folder, 'photo.jpg'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const bits = new Map<string, string>()
  for (const specifier of RUNTIMES) {
    const command = fetchRuntime(folder, specifier)
    if (command === undefined) {
      console.log(`skipped ${specifier}: it can't be had from the registry for ${process.platform} ${process.arch}`)
      continue
    }
    const version = execFileSync(command, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' }).split('\n')[0]!
    const name = specifier.split('@')[0]!
    writeFileSync(join(folder, 'example.js'), code + DIGEST + (END[name] ?? ''))
    const options = [...OPTIONS[name]!, 'example.js']
    const { status, stdout, stderr } = spawnSync(command, options, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      shell: process.platform === 'win32',
    })
    const lines = stdout.trim().split('\n')
    const said = lines.slice(0, -1)
    const right = status === 0 && said.join('\n') === prints.join('\n')
    console.log(`${right ? 'ok' : 'failed'} ${specifier} (${version}): ${said.join(' | ')} | ${lines.at(-1).slice(0, 21)}`)
    if (right) bits.set(specifier, lines.at(-1))
    else problems.push(`${specifier}: exit ${status}, printed\n${stdout}\nexpected\n${prints.join('\n')}\n${stderr}`)
  }
  if (bits.size < 2) problems.push('Fewer than two runtimes ran: nothing could be compared.')
  if (new Set(bits.values()).size > 1) problems.push(`The bits differ: ${JSON.stringify(Object.fromEntries(bits))}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
