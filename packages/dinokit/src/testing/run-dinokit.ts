import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { main } from '../lib/cli/main.ts'

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

/** Runs the command in this process: the same in all but the seconds that loading its modules anew takes. */
export async function runDinokit(args: readonly string[], { cwd }: { readonly cwd: string }): Promise<CommandRun> {
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const code = await main([process.execPath, BIN, ...args])
    return runOf(code, stdout.text(), stderr.text())
  } finally {
    process.chdir(before)
    stdout.end()
    stderr.end()
  }
}

/** Runs the command in a process of its own, from its sources, and interrupts it where asked to. */
export function spawnDinokit(
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
    child.on('close', (code) => done(runOf(code, stdout, stderr)))
  })
}

function runOf(code: number | null, stdout: string, stderr: string): CommandRun {
  const lines = stdout.trim().split('\n').filter(Boolean)
  return { code, stdout, stderr, lines: () => lines.map((line) => JSON.parse(line) as never) }
}

function capture(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const write = stream.write.bind(stream)
  let text = ''
  stream.write = (chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
    return true
  }
  return { text: () => text, end: () => void (stream.write = write) }
}
