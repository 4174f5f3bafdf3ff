import { DinokitError } from '@dinokit/core'
import type { TrainedClassifier } from '@dinokit/train/stored'
import type { Output } from '../console-output.ts'

/** Reports rows that are left out because they have no label. */
export function reportUnlabeled(output: Output, store: string, count: number): void {
  if (count === 0) return
  output.failure(
    store,
    new DinokitError('label-invalid', `${count} rows have no label and were left out.`, {
      given: `${count} rows`,
      expected: 'a label for every image',
      hint: 'Index them again with --labels or --labels-from-folders.',
    }),
  )
}

/** Says what a training of a classifier came to. */
export function reportClassifier(
  output: Output,
  { store, out }: { readonly store: string; readonly out: string },
  of: TrainedClassifier,
): void {
  const { method, classes, layers, tokens, chosen, top1, loss, epoch, epochs, dropped } = of
  const { counts, note, of: evaluatedOn } = of.splits
  const said = {
    ...{ out, classes: classes.length, ...counts, layers, tokens, method, top1, loss, chosen },
    ...(note !== undefined && { note }),
    ...(epoch !== undefined && { epoch, epochs: epochs.length }),
    ...(dropped.length > 0 && { dropped }),
  }
  const words = Object.entries({ ...chosen, ...(epoch !== undefined && { epoch }) }).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : String(value)}`,
  )
  const lost = dropped.length === 0 ? '' : `\n  ${dropped.length} candidates diverged and were dropped: ${dropped.join('; ')}`
  output.report(
    store,
    said,
    `${store} -> ${out}  ${method}: top-1 ${(100 * top1).toFixed(1)} % ${evaluatedOn} (${words.join(', ')})${lost}`,
  )
}
