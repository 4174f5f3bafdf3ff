import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Whether processes can be traced here: strace is installed, and may do it. */
export const canTrace = process.platform === 'linux' && spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0

/** Run of a program, with its calls of the system. */
export interface TracedRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Calls, a line each, such as `7 rename("/folder/a", "/folder/b") = 0`. */
  readonly calls: readonly string[]
}

/**
 * Runs a program of Node with all its threads and children, and lists the system's calls that it makes.
 *
 * @param kinds - of calls, as strace names them, with commas
 * @param args - of Node
 * @param out - path of the trace, which this writes
 * @param options - working folder and environment
 */
export async function traceCalls(
  kinds: string,
  args: readonly string[],
  out: string,
  { cwd, env }: { readonly cwd?: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<TracedRun> {
  const strace = ['-f', '--seccomp-bpf', '-y', '-s', '4096', '-e', `trace=${kinds}`, '-o', out, process.execPath, ...args]
  // Calls that are made by way of io_uring would not be seen.
  const child = spawn('strace', strace, { cwd, env: { ...env, UV_USE_IO_URING: '0' } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail))
  return { code, stdout, stderr, calls: (await readFile(out, 'utf8')).split('\n') }
}
