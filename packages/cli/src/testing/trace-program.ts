import { traceCalls, type TracedRun } from '@dinokit/testing/trace-calls'
import { resolve } from 'node:path'

/** Trace of a program, as the system saw it. */
export interface Trace extends Omit<TracedRun, 'calls'> {
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
  const { calls, ...run } = await traceCalls(CALLS, args, out, { cwd, env })
  const contacted = calls.filter((call) => call.includes('sa_family=AF_INET'))
  return { ...run, contacted, written: [...new Set(calls.flatMap((call) => pathsWritten(call, cwd)))] }
}

/** The paths of a line such as `7 openat(AT_FDCWD</folder>, "name", O_WRONLY|O_CREAT, 0666) = 3`. */
function pathsWritten(line: string, cwd: string): string[] {
  const [, call, args] = /^\d+ +(\w+)\((.*)/.exec(line) ?? []
  if (!call || !args || /^(?:socket|connect|bind|send|recv|get|set|listen|accept|shutdown)/.test(call)) return []
  if (call.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(args.replace(/"[^"]*"/g, ''))) return []
  const paths = [...args.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)]
  return paths.map(([, folder, name]) => resolve(folder ?? cwd, name!)).filter((path) => !/^\/(?:dev|proc)\//.test(path))
}
