import { DinokitError, prepare, stackPixels, type ModelCard, type Pixels, type Runtime, type Tensor } from '@dinokit/core'
import type { ImageSource } from '@dinokit/runtime-node'
import { classifyByNeighbours, type ClassificationExamples, type ClassTokenSession } from '@dinokit/train'
import { expandInputs } from '../cli/expand-inputs.ts'
import { folderLabel } from '../cli/folder-label.ts'

/** A picture of a folder of classes. */
export interface LabelledPicture {
  readonly source: string
  readonly label: string
}

/**
 * The pictures of a folder of folders, each of which is called as its class.
 *
 * @throws DinokitError `file-not-found` where there are none
 */
export async function labelledFolder(path: string): Promise<LabelledPicture[]> {
  const found = await expandInputs([path], true)
  const labelled = found.flatMap(({ source, relative }) => {
    const label = folderLabel(relative)
    return label === undefined ? [] : [{ source, label }]
  })
  if (labelled.length > 0) return labelled
  throw new DinokitError('file-not-found', `There are no labelled pictures in ${path}.`, {
    given: path,
    expected: 'folders that are called as their classes, with pictures in them',
  })
}

/** Pictures of one run. */
const BATCH = 16

/** Nearest neighbours: how many of the pictures asked for get the class that they have. */
export interface NeighbourScore {
  readonly accuracy: number
  readonly known: number
  readonly asked: number
}

/**
 * The share of pictures whose nearest neighbour among others is of the same class, by class tokens. Pictures that can't be
 * read are left out.
 *
 * @param runtime - that decodes
 * @param session - of the network
 * @param card - of the network
 * @param parameters - as they are now
 * @param folders - pictures whose class is known, and those asked for
 */
export async function scoreNeighbours(
  runtime: Pick<Runtime<ImageSource>, 'decodeImage'>,
  session: ClassTokenSession,
  card: ModelCard,
  parameters: Readonly<Record<string, Tensor>>,
  folders: readonly [known: readonly LabelledPicture[], asked: readonly LabelledPicture[]],
): Promise<NeighbourScore> {
  const classes = [...new Set(folders.flat().map(({ label }) => label))].sort()
  const { dim } = card.architecture
  const examplesOf = async (pictures: readonly LabelledPicture[]): Promise<ClassificationExamples> => {
    const rows: Float32Array[] = []
    const labels: number[] = []
    for (let start = 0; start < pictures.length; start += BATCH) {
      const read = await Promise.all(pictures.slice(start, start + BATCH).map((picture) => readPicture(runtime, card, picture)))
      const seen = read.filter((picture) => picture !== undefined)
      if (seen.length === 0) continue
      rows.push((await session.run(parameters, stackPixels(seen.map(({ pixels }) => pixels)))).data)
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
  const [known, asked] = [await examplesOf(folders[0]), await examplesOf(folders[1])]
  const found = classifyByNeighbours(known, asked, { k: 1 })
  const right = asked.labels.reduce((sum, label, index) => sum + (found[index] === label ? 1 : 0), 0)
  return { accuracy: right / asked.labels.length, known: known.labels.length, asked: asked.labels.length }
}

async function readPicture(
  runtime: Pick<Runtime<ImageSource>, 'decodeImage'>,
  { preprocessing, architecture: { patch } }: ModelCard,
  { source, label }: LabelledPicture,
): Promise<{ readonly pixels: Pixels; readonly label: string } | undefined> {
  try {
    return { pixels: prepare(await runtime.decodeImage(source), { preprocessing, patch, size: preprocessing.crop }).pixels, label }
  } catch (error) {
    if (DinokitError.is(error)) return undefined
    throw error
  }
}
