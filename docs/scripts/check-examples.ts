import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { guides, GUIDES, readExamples, type Example } from './read-examples.ts'

const OUT = 'docs/.examples'

/** `tokens.cls.shape // [192]: ...`, alone on its line: what the comment says is held. */
const SAID = /^(?:console\.log\((?<printed>.*)\)|(?<expression>[\w.?![\]()'"]+)) \/\/ (?<value>\[[\d., -]*\]|-?\d[\d.]*|'[^']*')(?=$|[:,] )/

/**
 * Compiles every program of the guides, and runs those that run in Node, in a folder with a few images for each page.
 *
 * @returns what is wrong, each with page and line
 */
export function checkExamples(): string[] {
  const examples = [...guides().flatMap(readExamples), errorCodes()]
  writeExamples(examples)
  const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', OUT, '--pretty', 'false'], { encoding: 'utf8' })
  if (compiled.status !== 0) return [compiled.stdout.replaceAll(/^docs\/\.examples\/([\w-]+)\.\w+\.ts/gm, 'docs/$1.md')]
  const running = examples.filter(({ runs }) => runs)
  const ran = spawnSync(process.execPath, ['--import', 'tsx', 'docs/scripts/run-examples.ts', ...running.map(({ name }) => name)], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  console.log(`${examples.length} programs of the guides compile, ${running.length} of them run`)
  return ran.status === 0 ? [] : [ran.stderr || `The guides' programs ended with ${ran.signal ?? ran.status}.`]
}

/** The headings of the page about errors as a program that compiles only where they are the codes that there are. */
function errorCodes(): Example {
  const page = 'troubleshooting.md'
  const headings = readFileSync(`${GUIDES}/${page}`, 'utf8')
    .split('\n')
    .map((line) => /^### `(?<code>[a-z-]+)`$/.exec(line)?.groups?.code)
  const lines = headings.map((code) => (code === undefined ? '' : `'${code}': true,`))
  lines[0] = "import type { DinokitErrorCode } from '@dinokit/core'; export const explained: Record<DinokitErrorCode, true> = {"
  return { name: 'troubleshooting.codes', page, lines: [...lines, '}'], runs: false }
}

function writeExamples(examples: readonly Example[]): void {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT)
  const compilerOptions = { types: ['node'] }
  writeFileSync(`${OUT}/tsconfig.json`, JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }))
  for (const { name, lines, runs } of examples) {
    const held = runs ? [...lines.map(hold), "import assert from 'node:assert/strict'"] : lines
    writeFileSync(`${OUT}/${name}.ts`, [...held, 'export {}', ''].join('\n'))
  }
}

function hold(line: string): string {
  const { printed, expression = printed, value } = SAID.exec(line)?.groups ?? {}
  return value === undefined ? line : `assert.deepEqual(${expression!}, ${value})`
}
