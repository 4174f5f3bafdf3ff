import { assertNotAborted, DinokitError, preprocess, stackBytes, type Pixels, type Runtime } from '@dinokit/core'
import type { ClassTokenSession } from './class-token-session.ts'
import type { ClassificationExamples } from './classification-examples.ts'
import type { Student } from '../distillation/student.ts'

/** An image whose class is known. */
export interface LabeledImage<Source> {
  readonly source: Source
  readonly label: string
}

/** A network that is being trained, with the session that computes its class tokens. */
export interface ClassTokenNetwork extends Student {
  /** Session for the network's card. */
  readonly session: ClassTokenSession
}

/** Options of {@link classTokenExamples}. */
export interface ClassTokenOptions {
  /** All classes, in the order of their numbers. */
  readonly classes: readonly string[]
  /** Cancels the work. */
  readonly signal?: AbortSignal | undefined
}

/** Images of one run. */
const BATCH = 16

/**
 * Computes class tokens of labeled images by a network that is being trained: the class tokens of their centers. Images that can't be
 * read are left out.
 *
 * @param runtime - that decodes
 * @param network - its session, and its parameters as they are now
 * @param images - to look at
 * @param options - classes, cancellation
 * @throws DinokitError `label-invalid` for a label that is none of the classes, `aborted`
 */
export async function classTokenExamples<Source>(
  runtime: Pick<Runtime<Source>, 'decodeImage'>,
  { session, card, tensors }: ClassTokenNetwork,
  images: readonly LabeledImage<Source>[],
  { classes, signal }: ClassTokenOptions,
): Promise<ClassificationExamples> {
  const strange = images.find(({ label }) => !classes.includes(label))
  if (strange) {
    throw new DinokitError('label-invalid', `There is no class ${strange.label}.`, { given: strange.label, expected: classes.join(', ') })
  }
  const { dim } = card.architecture
  const rows: Float32Array[] = []
  const labels: number[] = []
  for (let start = 0; start < images.length; start += BATCH) {
    assertNotAborted(signal)
    const read = await Promise.all(
      images.slice(start, start + BATCH).map(async ({ source, label }) => ({ pixels: await centerOf(runtime, card, source), label })),
    )
    const seen = read.flatMap(({ pixels, label }) => (pixels ? [{ pixels, label }] : []))
    if (seen.length === 0) continue
    rows.push((await session.run(tensors, stackBytes(seen.map(({ pixels }) => pixels)), signal)).data)
    labels.push(...seen.map(({ label }) => classes.indexOf(label)))
  }
  const cls = new Float32Array(labels.length * dim)
  let offset = 0
  for (const row of rows) {
    cls.set(row, offset)
    offset += row.length
  }
  return { dim, classes, labels: Int32Array.from(labels), cls }
}

async function centerOf<Source>(
  runtime: Pick<Runtime<Source>, 'decodeImage'>,
  { preprocessing, architecture: { patch } }: Student['card'],
  source: Source,
): Promise<Pixels | undefined> {
  try {
    return preprocess(await runtime.decodeImage(source), { preprocessing, patch, size: preprocessing.crop }).pixels
  } catch (error) {
    if (DinokitError.is(error)) return undefined
    throw error
  }
}
