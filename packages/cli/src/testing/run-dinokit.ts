import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { main } from '../main.ts'

/** The command, from its sources. */
export const BIN = fileURLToPath(new URL('../bin.ts', import.meta.url))

/** A line of what a command says with --json. */
interface JsonLine<Output> {
  readonly input: string
  readonly output?: Output
  readonly error?: { readonly code: string; readonly message: string }
}

/** Result of a command. */
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
  const before = { cwd: process.cwd(), argv: process.argv }
  process.chdir(cwd)
  process.argv = [process.execPath, BIN, ...args]
  try {
    const code = await main(process.argv)
    return runOf(code, stdout.text(), stderr.text())
  } finally {
    process.argv = before.argv
    process.chdir(before.cwd)
    stdout.end()
    stderr.end()
  }
}

/** Options of {@link spawnDinokit}. */
export interface SpawnOptions {
  readonly cwd: string
  /** Interrupts it, as Ctrl-C does, once it has said this. */
  readonly interruptAfter?: (stdout: string) => boolean
  /** Kills it, as kill -9 does, once this is so. */
  readonly killWhen?: () => Promise<boolean>
}

/** Runs the command in a process of its own, from its sources, and interrupts or kills it where asked to. */
export function spawnDinokit(args: readonly string[], { cwd, interruptAfter, killWhen }: SpawnOptions): Promise<CommandRun> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [...TYPESCRIPT, BIN, ...args], { cwd })
    let [stdout, stderr] = ['', '']
    let interrupted = false
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      // Once: a second time means at once, whatever the process is at.
      if (!interrupted && interruptAfter?.(stdout)) interrupted = child.kill('SIGINT')
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const looking = killWhen && setInterval(() => void killWhen().then((now) => now && child.kill('SIGKILL')), 10)
    child.on('close', (code) => {
      clearInterval(looking)
      done(runOf(code, stdout, stderr))
    })
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
