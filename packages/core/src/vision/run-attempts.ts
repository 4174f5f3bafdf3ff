import { assertNotAborted } from '../checks/assert-not-aborted.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import type { Tokens } from '../contract/tokens.ts'
import type { StreamItem } from '../contract/vision.ts'
import type { Timed } from '../contract/runtime.ts'
import type { ModelInput } from '../image/preprocess.ts'

/** One image of a stream: ready for the model, or failed before it. */
export type Attempt<Source> = { readonly index: number; readonly source: Source } & (
  { readonly input: Timed<ModelInput>; readonly error?: never } | { readonly input?: never; readonly error: DinokitError }
)

/** Result of a group of images. */
export type GroupResult<Source> =
  { readonly items: readonly StreamItem<Source>[]; readonly failure?: never } | { readonly items?: never; readonly failure: unknown }

/** Runs the images that are ready, those of one size and padding together; where a run of several fails, each on its own. */
export async function runAttempts<Source>(
  attempts: readonly Attempt<Source>[],
  run: (inputs: readonly Timed<ModelInput>[]) => Promise<Tokens[]>,
  signal: AbortSignal | undefined,
): Promise<StreamItem<Source>[]> {
  const done = new Map<number, Tokens | DinokitError>()
  const bySize = new Map<string, (Attempt<Source> & { readonly input: Timed<ModelInput> })[]>()
  for (const attempt of attempts) {
    if (attempt.error) {
      done.set(attempt.index, attempt.error)
      continue
    }
    const { pixels, padding } = attempt.input
    const key = JSON.stringify([pixels.width, pixels.height, padding])
    bySize.set(key, [...(bySize.get(key) ?? []), attempt])
  }
  const together = async (group: readonly (Attempt<Source> & { readonly input: Timed<ModelInput> })[]): Promise<void> => {
    assertNotAborted(signal)
    try {
      const tokens = await run(group.map((attempt) => attempt.input))
      group.forEach((attempt, i) => done.set(attempt.index, tokens[i]!))
    } catch (error) {
      if (DinokitError.is(error, 'aborted') || DinokitError.is(error, 'disposed')) throw error
      if (group.length > 1) for (const attempt of group) await together([attempt])
      else done.set(group[0]!.index, asDinokitError(error))
    }
  }
  for (const group of bySize.values()) await together(group)
  return attempts.map(({ index, source }): StreamItem<Source> => {
    const result = done.get(index)!
    return DinokitError.is(result) ? { index, source, error: result } : { index, source, tokens: result }
  })
}

/** Any error as one of ours. */
export function asDinokitError(error: unknown): DinokitError {
  return DinokitError.is(error) ? error : new DinokitError('internal', `Unexpected error: ${String(error)}`, { cause: error })
}
