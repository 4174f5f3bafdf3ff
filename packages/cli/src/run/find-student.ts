import { decodeText, DinokitError, parseModelCard, type Backbone, type ModelCard } from '@dinokit/core'
import { scaledVitCard, studentFromBackbone, studentFromCard, type Student } from '@dinokit/train'
import type { VitBackbone } from '@dinokit/vit'
import { readFile } from 'node:fs/promises'
import { loadBackbone, type LoadOptions } from 'dinokit'
import { commandRuntime } from '../input/command-runtime.ts'

/** Choice of a student's first parameters. */
export interface StudentChoice {
  /** `6x192` (blocks x width), a card as .json, or a model’s id or checkpoint. */
  readonly student: string
  /** Seed of random parameters. */
  readonly seed: number
}

/**
 * Finds or makes the student that the command line asks for.
 *
 * @param like - whose patches and preprocessing a random student of a given size has
 * @param choice - what was asked for
 * @throws DinokitError `model-unsupported` where it can't be trained, and those of loading a model
 */
export async function findStudent(like: ModelCard, { student, seed }: StudentChoice, options: LoadOptions): Promise<Student> {
  const size = SIZE.exec(student)
  if (size) return studentFromCard(scaledVitCard(like, Number(size[1]), Number(size[2])), seed)
  if (isCard(student)) return studentFromCard(await readCard(student), seed)
  const backbone = await loadBackbone(commandRuntime(), student, options)
  try {
    return await studentFromBackbone(trainable(backbone))
  } finally {
    await backbone.close()
  }
}

/**
 * The backbone, where its parameters can be had.
 *
 * @throws DinokitError `model-unsupported` for ONNX
 */
export function trainable(backbone: Backbone): VitBackbone {
  if ('parameters' in backbone) return backbone as VitBackbone
  throw new DinokitError('model-unsupported', `${backbone.card.id} is ONNX: its parameters can’t be trained or taken.`, {
    given: backbone.card.id,
    expected: 'a .pth or .safetensors checkpoint',
  })
}

/** Whether the choice is of a network that knows nothing yet. */
export function isFromNothing(student: string): boolean {
  return SIZE.test(student) || isCard(student)
}

/** `6x192`: blocks x width. */
const SIZE = /^(\d+)x(\d+)$/

function isCard(student: string): boolean {
  return student.endsWith('.json')
}

async function readCard(path: string): Promise<ModelCard> {
  try {
    return parseModelCard(decodeText(path, await readFile(path), 'model-unsupported'), path)
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('file-not-found', `The card ${path} can’t be read.`, { given: path, expected: 'a JSON file', cause })
  }
}
