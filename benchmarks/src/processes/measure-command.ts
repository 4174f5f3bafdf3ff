import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Figures of a command that ran in a process of its own. */
export interface CommandFigures {
  readonly seconds: number
  /** Seconds of processor time of the process itself. */
  readonly processor: number
  /** Most bytes that it and its children took. */
  readonly peak: number
}

/**
 * Runs `dinokit` in a process of its own, and measures it.
 *
 * @param cwd - folder that it runs in
 * @param args - of the command
 * @throws Error with what it said where it fails
 */
export function measureCommand(cwd: string, args: readonly string[]): CommandFigures {
  const [bin, report] = ['../../../packages/cli/src/bin.ts', './report-peak.ts'].map((path) => new URL(path, import.meta.url))
  const imports = [...TYPESCRIPT, '--import', report!.href]
  const started = performance.now()
  const child = spawnSync(process.execPath, [...imports, fileURLToPath(bin!), ...args], { cwd, encoding: 'utf8' })
  const seconds = (performance.now() - started) / 1000
  const [, peak, processor] = /peak (\d+) processor (\S+)/.exec(child.stderr) ?? []
  if (child.status !== 0 || peak === undefined) throw new Error(`dinokit ${args.join(' ')} failed: ${child.stdout}${child.stderr}`)
  return { seconds, processor: Number(processor), peak: Number(peak) }
}
