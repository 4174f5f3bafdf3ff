/**
 * Uses the packages as those who write heads will: examples/third-party-head is copied to a folder of its own, our packages
 * are installed there as they are published, and its types are checked and its test run by node:test. The command, as it is
 * installed, trains for a step there: threads start from published files.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installPacked } from './install-packed.ts'

const EXAMPLE = 'examples/third-party-head'
const LONGEST = 40
const PICTURES = 'examples/first-look/pictures'

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
  const training = ['--teacher', 'tiny', '--student', '1x64', '--size', '56', '--batch', '2', '--steps', '1', '--quiet']
  run(process.execPath, 'node_modules/dinokit/dist/bin.js', 'distil', ...training, '--data', resolve(PICTURES), '--out', 's.safetensors')
  console.log(`ok ${EXAMPLE}: ${lines} lines, installed from tarballs; dinokit distil, as installed`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
