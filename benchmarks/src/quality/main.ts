// Measures how good backbones are, by every row that a new embedded model is judged by, beside the embedded default:
//
//   npx tsx benchmarks/src/quality/main.ts --model student.safetensors [another.safetensors ...] [--heads] [--only neighbors,attention,places,objects] [--json out.json]
//
// Images are those of ../shared/data. `--heads` trains a depth and a segmentation head on NYUv2 for each model too, by the recipe of
// the shipped ones (examples/train-heads): that takes an hour on two idle cores, and each is kept, so that it is done once.
import { DinokitError } from '@dinokit/core'
import { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { table } from '../lib/table.ts'
import { measureModel, PARTS, type Part } from './measure-model.ts'
import { ROWS } from './rows.ts'

const program = new Command('quality')
  .option('--model <models...>', 'models to measure beside the embedded one')
  .option('--heads', 'train and measure depth and segmentation heads too', false)
  .option('--only <parts>', `some of ${PARTS.join(', ')}`)
  .option('--json <file>', 'write the figures to this file too')
  .parse()
const { model = [], heads, only, json } = program.opts<{ model?: string[]; heads: boolean; only?: string; json?: string }>()
const parts = only ? only.split(',') : PARTS.filter((part) => part !== 'heads' || heads)
const strange = parts.find((part) => !PARTS.some((known) => known === part))
if (strange) program.error(`error: there is no part ${strange}.`)

try {
  const figures: Record<string, Readonly<Record<string, number>>> = {}
  for (const name of ['tiny', ...model]) {
    const started = performance.now()
    figures[name] = await measureModel(name, parts as Part[])
    console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
  const names = Object.keys(figures)
  const rows = ROWS.filter(({ key }) => names.some((name) => figures[name]![key] !== undefined)).map(({ key, what, digits, better }) => [
    what,
    ...names.map((name) => figures[name]![key]?.toFixed(digits) ?? ''),
    better,
  ])
  console.log(table([['', ...names, 'better'], ...rows]))
  if (json) await writeFile(json, `${JSON.stringify(figures, null, 1)}\n`)
} catch (error) {
  if (!DinokitError.is(error)) throw error
  program.error(`error: ${error.message}`)
}
