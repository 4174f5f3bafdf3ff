import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../bin.ts', import.meta.url))

/** A line of what a command says with --json. */
interface JsonLine<Output> {
  readonly input: string
  readonly output?: Output
  readonly error?: { readonly code: string; readonly message: string }
}

/** What became of a command. */
export interface CommandRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as lines of JSON. */
  lines<Output = unknown>(): JsonLine<Output>[]
}

/** Runs the command in a process of its own, from its sources. */
export function runDinokit(
  args: readonly string[],
  { cwd, interruptAfter }: { readonly cwd: string; readonly interruptAfter?: (stdout: string) => boolean },
): Promise<CommandRun> {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), BIN, ...args], { cwd })
    let [stdout, stderr] = ['', '']
    let interrupted = false
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      // Once: a second time means at once, whatever the process is at.
      if (!interrupted && interruptAfter?.(stdout)) interrupted = child.kill('SIGINT')
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => {
      const texts = stdout.trim().split('\n')
      done({ code, stdout, stderr, lines: () => texts.filter(Boolean).map((line) => JSON.parse(line) as never) })
    })
  })
}
