/**
 * Checks the import fences of .dependency-cruiser.cjs, and that they can fail: imports that are forbidden are planted in a
 * small copy of the tree, and each must be reported.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const CONFIG = '.dependency-cruiser.cjs'
const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

/** Forbidden imports: file, what it imports, and the start of the name of the rule that must report it. */
const PLANTED = [
  ['packages/core/src/planted-npm.ts', 'vite', 'core-depends-only-on-'],
  ['packages/runtime-node/src/planted-npm.ts', 'vitest', 'runtime-node-depends-only-on-'],
  ['packages/core/src/planted-package.ts', '../../store/src/planted.ts', 'core-imports-only-'],
  ['packages/vit/src/planted-node.ts', 'node:fs', 'only-node-packages-use-node'],
  ['packages/store/src/planted-private.ts', '../../core/src/contract/planted.ts', 'only-an-index-is-public'],
  ['packages/train/src/planted-store.ts', '../../store/src/planted.ts', 'only-stored-training-knows-stores-and-heads'],
  ['packages/cli/src/commands/planted-command.ts', './planted.ts', 'commands-stand-alone'],
  ['packages/cli/src/run/planted-run.ts', '../commands/planted.ts', 'nothing-imports-commands'],
  ['packages/cli/src/output/planted-output.ts', '../run/planted.ts', 'runs-stand-on-the-rest'],
  ['packages/onnx/src/planted-circle.ts', './planted-circle.ts', 'no-circles'],
  ['packages/onnx/src/planted-example.ts', '../../../examples/planted.ts', 'nothing-imports-examples-benchmarks-or-apps'],
  ['packages/onnx/src/planted-missing.ts', './missing.ts', 'resolvable'],
] as const
const TARGETS = [
  'packages/store/src/planted.ts',
  'packages/core/src/contract/planted.ts',
  'packages/cli/src/commands/planted.ts',
  'packages/cli/src/run/planted.ts',
  'examples/planted.ts',
]

function cruise(folder: string, paths: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CRUISER, '--config', CONFIG, ...paths], { cwd: folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

function missedPlants(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dinokit-imports-'))
  try {
    cpSync(CONFIG, join(folder, CONFIG))
    cpSync('tsconfig.base.json', join(folder, 'tsconfig.base.json'))
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: './tsconfig.base.json' }))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    for (const file of TARGETS) write(file, 'export const planted = 1\n')
    for (const [file, target] of PLANTED) write(file, `import '${target}'\n`)
    const { output } = cruise(folder, ['packages', 'examples'])
    const reports = output.split('\n')
    return PLANTED.filter(([file, , rule]) => !reports.some((line) => line.includes(` ${rule}`) && line.includes(file))).map(
      ([file, target, rule]) => `${CONFIG} lets ${file} import ${target}: expected a report by ${rule}*. Got:\n${output}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { status, output } = cruise('.', ['packages', 'apps', 'examples', 'benchmarks'])
process.stdout.write(output)
const missed = missedPlants()
for (const problem of missed) console.error(problem)
process.exitCode = status !== 0 || missed.length > 0 ? 1 : 0
