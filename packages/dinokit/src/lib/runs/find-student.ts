import { DinokitError, parseModelCard, type Backbone, type ModelCard } from '@dinokit/core'
import { createNodeRuntime } from '@dinokit/runtime-node'
import { studentFromBackbone, studentFromCard, studentFromLayers, type Student } from '@dinokit/train'
import type { VitBackbone } from '@dinokit/vit'
import { readFile } from 'node:fs/promises'
import { loadBackbone, type LoadOptions } from '../../load-backbone.ts'

/** What a student begins as. */
export interface StudentChoice {
  /** `6x192` (blocks x width), a card as .json, or a model’s id or checkpoint. */
  readonly student?: string
  /** Layers of the teacher, counted from 1. */
  readonly fromTeacherLayers?: readonly number[]
  /** Of random parameters. */
  readonly seed: number
}

/**
 * Finds or makes the student that the command line asks for.
 *
 * @param teacher - whose layers may be taken, and whose preprocessing a random student has
 * @param choice - one of `student` and `fromTeacherLayers`
 * @throws DinokitError `model-unsupported` where it can't be trained, and those of loading a model
 */
export async function findStudent(teacher: Backbone, choice: StudentChoice, options: LoadOptions): Promise<Student> {
  const { student = '', fromTeacherLayers, seed } = choice
  if (fromTeacherLayers) return studentFromLayers(trainable(teacher), fromTeacherLayers)
  const size = /^(\d+)x(\d+)$/.exec(student)
  if (size) return studentFromCard(plainCard(teacher.card, Number(size[1]), Number(size[2])), seed)
  if (student.endsWith('.json')) return studentFromCard(await readCard(student), seed)
  const backbone = await loadBackbone(createNodeRuntime(), student, options)
  try {
    return await studentFromBackbone(trainable(backbone))
  } finally {
    await backbone.close()
  }
}

function trainable(backbone: Backbone): VitBackbone {
  if ('parameters' in backbone) return backbone as VitBackbone
  throw new DinokitError('model-unsupported', `${backbone.card.id} is ONNX: its parameters can’t be trained or taken.`, {
    given: backbone.card.id,
    expected: 'a .pth or .safetensors checkpoint',
  })
}

/** Heads are 64 wide, as in every DINOv2, or 32 where that does not divide. */
function plainCard({ architecture, ...card }: ModelCard, depth: number, dim: number): ModelCard {
  const width = [64, 32, 16].find((each) => dim % each === 0)
  if (width === undefined || depth < 1) {
    throw new DinokitError('invalid-option', `A student of ${depth} blocks of ${dim} can’t be.`, {
      given: `${depth}x${dim}`,
      expected: 'one block or more, of a width that 16 divides',
    })
  }
  return { ...card, architecture: { ...architecture, depth, dim, heads: dim / width, ffn: 'mlp', ffnHidden: 4 * dim } }
}

async function readCard(path: string): Promise<ModelCard> {
  try {
    return parseModelCard(await readFile(path, 'utf8'), path)
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('file-not-found', `The card ${path} can’t be read.`, { given: path, expected: 'a JSON file', cause })
  }
}
