import type { Command } from 'commander'
import { expect, test, vi } from 'vitest'
import { createProgram } from '../create-program.ts'
import { wrapHelp } from './wrap-help.ts'

test('joins and wraps prose, and keeps the columns of lists and whole examples', () => {
  const word = 'word '.repeat(12).trim()
  expect(wrapHelp(`Examples:\n  $ dinokit ${word} ${word}\n\nWithout --size the\nwhole ${word} ${word}.`)).toBe(
    `Examples:\n  $ dinokit ${word} ${word}\n\nWithout --size the whole ${'word '.repeat(11).trim()}\n${'word '.repeat(13).trim()}.`,
  )
  expect(wrapHelp(`  .png   ${word} ${word}`)).toBe(`  .png   ${'word '.repeat(14).trim()}\n         ${'word '.repeat(10).trim()}`)
  expect(wrapHelp(`  embed <images...>   ${word} ${word}`)).toBe(
    `  embed <images...>   ${'word '.repeat(11).trim()}\n${' '.repeat(22)}${'word '.repeat(11).trim()}\n${' '.repeat(22)}word word`,
  )
})

test('writes every help page in 80 columns, but for examples', () => {
  const program = createProgram(new AbortController().signal).command
  const every = (command: Command): Command[] => [command, ...command.commands.flatMap((each) => every(each))]
  for (const command of every(program)) {
    let page = ''
    const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((page += String(text))))
    command.outputHelp()
    written.mockRestore()
    expect(page).toContain('Usage:')
    const long = page.split('\n').filter((line) => line.length > 80 && !/^\s*\$ /.test(line))
    expect([command.name(), long]).toEqual([command.name(), []])
  }
})
