import { DinokitError } from '@dinokit/core'
import { CommanderError } from 'commander'
import { createProgram } from './create-program.ts'
import { currentArguments } from './arguments/renamed-arguments.ts'
import { isUsage } from './output/is-usage.ts'

const FAILED = 1
const WRONG_USAGE = 2
/** Codes that shells give to what a signal ended. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 }

/**
 * Runs the command line.
 *
 * @param argv - as in `process.argv`
 * @returns the exit code: 0 all good, 1 some inputs failed, 2 wrong usage, 130 or 143 interrupted
 */
export async function main(argv: readonly string[]): Promise<number> {
  const interruption = new AbortController()
  let interrupted = INTERRUPTED.SIGINT
  const interrupt = (signal: 'SIGINT' | 'SIGTERM'): void => {
    interrupted = INTERRUPTED[signal]
    // The first time, what is under way is ended in order; the second time, at once.
    if (interruption.signal.aborted) process.exit(interrupted)
    interruption.abort(new Error('interrupted'))
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const program = createProgram(interruption.signal)
  const { args, hints } = currentArguments(argv.slice(2))
  for (const hint of hints) process.stderr.write(`${hint}\n`)
  try {
    await program.command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    program.output()?.end()
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
    if (!DinokitError.is(error)) throw error
    if (error.code === 'aborted') {
      process.stderr.write('interrupted\n')
      return interrupted
    }
    process.stderr.write(`error: ${error.message} (${error.code})\n`)
    return isUsage(error) || error.code === 'file-not-found' ? WRONG_USAGE : FAILED
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
  return (program.output()?.failures() ?? 0) > 0 ? FAILED : 0
}
