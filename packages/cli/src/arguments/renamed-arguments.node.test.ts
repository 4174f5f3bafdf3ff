import { expect, test } from 'vitest'
import { createProgram } from '../create-program.ts'
import { currentArguments } from './renamed-arguments.ts'

test('accepts each old name with one hint, and knows the new one', () => {
  const old: readonly (readonly string[])[] = [
    ['index', '--patch-mean'],
    ['embed', '--raw-layers'],
    ['train', 'depth', '--curve=a.png', '--memory', '5'],
    ['pretrain', '--minutes', '1', '--minutes=2', '--knn-minutes', '3'],
    ['--json', 'models', 'where', 'tiny'],
    ['train', 'depth', '--output', 'bins', '--output=log'],
  ]
  expect(old.map((args) => currentArguments(args).args)).toEqual([
    ['index', '--mean-patch-token'],
    ['embed', '--no-layer-norm'],
    ['train', 'depth', '--plot=a.png', '--cache-mb', '5'],
    ['pretrain', '--max-minutes', '1', '--max-minutes=2', '--eval-every-minutes', '3'],
    ['--json', 'models', 'path', 'tiny'],
    ['train', 'depth', '--prediction', 'bins', '--prediction=log'],
  ])
  expect(old.map((args) => currentArguments(args).hints.length)).toEqual([1, 1, 2, 2, 1, 1])
  expect(currentArguments(['models', 'where']).hints).toEqual([
    'hint: models where is now called models path; the old name will be removed in 0.2.',
  ])
  const help = createProgram(new AbortController().signal).command.commands.flatMap((command) =>
    [command, ...command.commands].map((each) => each.helpInformation()),
  )
  for (const flag of old.flatMap((args) => currentArguments(args).args).filter((arg) => /^--(?!json)/.test(arg)))
    expect(help.join('\n')).toContain(flag.split('=')[0])
})

test('leaves other arguments as they are: values, files after --, a folder called where', () => {
  for (const args of [
    ['embed', 'models', 'where'],
    ['search', '--', '--minutes'],
    ['index', 'photos/', '--store=--curve'],
    ['models', 'list'],
    ['train', 'depth', '--output', 'tokens'],
    ['embed', '--output', 'log'],
  ])
    expect(currentArguments(args)).toEqual({ args, hints: [] })
})
