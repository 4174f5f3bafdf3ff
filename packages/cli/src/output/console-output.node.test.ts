import { DinokitError } from '@dinokit/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createConsoleOutput, type Output, type OutputOptions } from './console-output.ts'

let written: { stdout: string; stderr: string }
const wasTerminal = process.stderr.isTTY

beforeEach(() => {
  written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    })
})
afterEach(() => {
  vi.restoreAllMocks()
  process.stderr.isTTY = wasTerminal
})

const outputOf = (options: Partial<OutputOptions>): Output =>
  createConsoleOutput({ json: false, color: false, quiet: false, verbose: false, ...options })

function sayAll(output: Output): void {
  output.result('a', 1, 'answer')
  output.report('b', 2, 'summary')
  output.detail('c', 3, 'detail')
  output.note('note')
  output.failure('d', new DinokitError('internal', 'Broken.'))
}

test.each([
  [{}, 'answer summary', 'note failed'],
  [{ verbose: true }, 'answer summary detail', 'note failed'],
  [{ quiet: true }, 'answer', 'failed'],
  [{ quiet: true, verbose: true }, 'answer', 'failed'],
])('prints with %j: says %s, and %s on standard error', (options, stdout, stderr) => {
  sayAll(outputOf(options))
  const words = (text: string): string => text.match(/answer|summary|detail|note|failed/g)!.join(' ')
  expect([words(written.stdout), words(written.stderr)]).toEqual([stdout, stderr])
})

test.each([{}, { quiet: true }])('prints with --json and %j a line for each input, and nothing else', (options) => {
  sayAll(outputOf({ json: true, ...options }))
  const lines = written.stdout.trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { input: string }).input)).toEqual(['a', 'b', 'c', 'd'])
  expect(written.stderr).toBe('')
})

test('shows a terminal how far the work is, and a time only where one is known', () => {
  process.stderr.isTTY = true
  const output = outputOf({})
  for (let done = 0; done <= 120; done++) output.advance(done, 120)
  output.onProgress({ name: 'model', done: 1, total: 2_000_000 })
  output.end()
  expect(written.stderr).toContain('0 of 120')
  expect(written.stderr).not.toMatch(/NULL|LLs|INF|\b0 ?s left|\{left\}|undefined/)
})

test.each([
  [{}, ['model: 10 of 100 runs', 'model: 20 of 100 runs', 'model: 100 of 100 runs']],
  [{ quiet: true }, []],
  [{ json: true }, []],
])('tells with %j each tenth of work that is no download where there is no terminal: %j', (options, lines) => {
  process.stderr.isTTY = false
  const output = outputOf(options)
  for (const done of [1, 9, 10, 19, 20, 100]) output.onProgress({ name: 'model', done, total: 100, unit: 'runs' })
  expect(written.stderr.trim().split('\n').filter(Boolean)).toEqual(lines)
})

test.each([{ quiet: true }, {}])('shows no bar with %j where there is no terminal, or where it is to be quiet', (options) => {
  process.stderr.isTTY = 'quiet' in options
  outputOf(options).advance(1, 120)
  expect(written.stderr).toBe('')
})
