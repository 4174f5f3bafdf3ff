import { DinokitError } from '@dinokit/core'
import type { CommandContext } from './command-context.ts'
import { isUsage } from './is-usage.ts'

/**
 * Does the work of a command and reports its failure under a name. Wrong usage and interruption stay the command line's.
 *
 * @param name - of the input, or of the store
 */
export async function reporting({ output }: CommandContext, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!DinokitError.is(error) || isUsage(error) || error.code === 'aborted') throw error
    output.failure(name, error)
  } finally {
    output.end()
  }
}
