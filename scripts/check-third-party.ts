/**
 * Uses the packages as those who write heads will: examples/third-party-head is copied to a folder of its own, our packages
 * are installed there as they are published, and its types are checked and its test run by node:test. Commands, as they are
 * installed, draw there, and train for a step: threads start from published files.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { drawInstalled } from './draw-installed.ts'
import { installPacked } from './release/install-packed.ts'

const EXAMPLE = 'examples/third-party-head'
const LONGEST = 40

const folder = mkdtempSync(join(tmpdir(), 'dinokit-third-party-'))
try {
  const lines = readFileSync(join(EXAMPLE, 'src/index.ts'), 'utf8').trimEnd().split('\n').length
  if (lines >= LONGEST) throw new Error(`the head has ${lines} lines; it is to have fewer than ${LONGEST}`)
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  installPacked(folder)
  for (const tool of ['tsx', 'typescript', '@types/node']) {
    if (tool.includes('/')) execFileSync('mkdir', ['-p', join(folder, 'node_modules', '@types')])
    symlinkSync(resolve('node_modules', tool), join(folder, 'node_modules', tool))
  }
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.base.json', 'utf8')) as { compilerOptions: object }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, include: ['src'] }),
  )
  const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { cwd: folder, stdio: 'inherit' })
  run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', '.')
  run(process.execPath, '--import', 'tsx', '--test', 'src/index.test.ts')
  console.log(`ok ${EXAMPLE}: ${lines} lines, installed from tarballs`)
  console.log(`ok commands, as installed, draw ${drawInstalled(folder).join(', ')}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
