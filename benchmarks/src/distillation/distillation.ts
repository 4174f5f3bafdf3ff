import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/median.ts'
import { table } from '../lib/table.ts'

/** Options of {@link distillationTable}. */
export interface DistillationOptions {
  /** Images of a step. */
  readonly batch: number
  readonly threads: number
  /** Steps of each that are measured, taking turns. */
  readonly rounds: number
  /** Python with PyTorch, such as `python3`; ours alone is measured where it has none. */
  readonly python: string
}

/** Figures of a step, of each part. */
interface StepFigures {
  readonly teacher: PartFigures
  readonly student: PartFigures
  readonly peak: number
}

interface PartFigures {
  readonly seconds: number
  readonly processor: number
}

interface Steps {
  step(): Promise<StepFigures>
  end(): Promise<void>
}

const LAYERS = [2, 4, 6, 8, 10, 12]

/**
 * Measures a step of a distillation, a student of six layers of the embedded model beside all of it on images of 224x224: ours and
 * PyTorch's, each in a process of its own, taking turns. The least of several is what other work on the machine touches least.
 */
export async function distillationTable({ batch, threads, rounds, python }: DistillationOptions): Promise<string> {
  const ours = startSteps(process.execPath, [...TYPESCRIPT, path('./own-step.ts'), `${batch}`, `${threads}`, ...LAYERS.map(String)])
  const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0
  const torch = hasTorch ? startSteps(python, [path('./torch_step.py'), `${batch}`, `${threads}`, `${LAYERS.length}`]) : undefined
  const made: { readonly name: string; readonly steps: Steps; readonly figures: StepFigures[] }[] = [
    { name: 'dinokit', steps: await ours, figures: [] },
    ...(torch ? [{ name: 'PyTorch', steps: await torch, figures: [] }] : []),
  ]
  for (let round = 0; round < rounds; round++) for (const { steps, figures } of made) figures.push(await steps.step())
  for (const { steps } of made) await steps.end()

  const all = ({ teacher, student }: StepFigures): PartFigures => ({
    seconds: teacher.seconds + student.seconds,
    processor: teacher.processor + student.processor,
  })
  const parts: readonly [name: string, of: (figures: StepFigures) => number, how: (values: number[]) => number][] = [
    ['step with teacher, s, least', (figures) => all(figures).seconds, least],
    ['step with teacher, s, median', (figures) => all(figures).seconds, median],
    ['processor time, s, least', (figures) => all(figures).processor, least],
    ['processor time, s, median', (figures) => all(figures).processor, median],
    ['of it the student, least', ({ student }) => student.processor, least],
    ['of it the teacher, least', ({ teacher }) => teacher.processor, least],
    ['peak memory, GB', ({ peak }) => peak / 1e9, (values) => Math.max(...values)],
  ]
  const rows = parts.map(([name, of, how]) => {
    const values = made.map(({ figures }) => how(figures.map(of)))
    return [name, ...values.map((value) => value.toFixed(2)), ...(torch ? [`${(values[1]! / values[0]!).toFixed(2)} x`] : [])]
  })
  const head = ['', ...made.map(({ name }) => name), ...(torch ? ['PyTorch / dinokit'] : [])]
  return `A step of a distillation: ${batch} images of 224x224, a student of ${LAYERS.length} layers, ${threads} threads, ${rounds} rounds\n${table([head, ...rows])}`
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const least = (values: number[]): number => Math.min(...values)

/** Starts a process that makes a step for every line that it is sent. */
async function startSteps(command: string, args: readonly string[]): Promise<Steps> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done) throw new Error(`${command} ended before it answered.`)
    return line.value
  }
  while ((await next()) !== 'ready');
  return {
    async step() {
      child.stdin.write('step\n')
      return JSON.parse(await next()) as StepFigures
    },
    async end() {
      child.stdin.end()
      await ended
    },
  }
}
