import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Trace of a program, as the system saw it. */
export interface Trace {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Calls that reach for an address of a network, names that are looked up included. */
  readonly contacted: readonly string[]
  /** Absolute paths that were to be made, written, moved or linked, devices and pipes aside. */
  readonly written: readonly string[]
}

const CALLS = '%net,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate'

/**
 * Runs a program of Node with all its threads and children, and lists what it contacts and writes.
 *
 * @param args - of Node
 * @param out - path of the trace, which this writes
 * @param options - working folder and environment
 */
export async function traceProgram(
  args: readonly string[],
  out: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Trace> {
  const strace = ['-f', '--seccomp-bpf', '-y', '-s', '4096', '-e', `trace=${CALLS}`, '-o', out, process.execPath, ...args]
  // Files that are opened by way of io_uring would not be seen.
  const child = spawn('strace', strace, { cwd, env: { ...env, UV_USE_IO_URING: '0' } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail))
  const calls = (await readFile(out, 'utf8')).split('\n')
  const contacted = calls.filter((call) => call.includes('sa_family=AF_INET'))
  return { code, stdout, stderr, contacted, written: [...new Set(calls.flatMap((call) => pathsWritten(call, cwd)))] }
}

/** The paths of a line such as `7 openat(AT_FDCWD</folder>, "name", O_WRONLY|O_CREAT, 0666) = 3`. */
function pathsWritten(line: string, cwd: string): string[] {
  const [, call, args] = /^\d+ +(\w+)\((.*)/.exec(line) ?? []
  if (!call || !args || /^(?:socket|connect|bind|send|recv|get|set|listen|accept|shutdown)/.test(call)) return []
  if (call.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(args.replace(/"[^"]*"/g, ''))) return []
  const paths = [...args.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)]
  return paths.map(([, folder, name]) => resolve(folder ?? cwd, name!)).filter((path) => !/^\/(?:dev|proc)\//.test(path))
}
