import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'
import { backbonesIn } from '../layout.ts'

/**
 * A checkpoint with the tensors of one backbone alone, where it holds several, such as a student and a teacher.
 *
 * @param file - the checkpoint; the result closes it
 * @param weights - which backbone: a part of what stands before its names, such as `teacher`; `.` for the one that has nothing
 *   before them
 * @returns the file itself where it holds one backbone or none
 * @throws DinokitError `model-unsupported` where there are several and nothing says which, `invalid-option` where `weights` is none
 */
export function selectWeights(file: TensorFile, weights?: string): TensorFile {
  const prefixes = backbonesIn(file.tensors.keys()).map(({ prefix }) => prefix)
  if (prefixes.length <= 1 && weights === undefined) return file
  const found = prefixes.filter((prefix) => weights !== undefined && isNamed(prefix, weights))
  const [chosen] = found
  const names = prefixes.map((prefix) => nameOf(prefix, prefixes))
  if (chosen === undefined || found.length > 1) throw undecided(file.name, prefixes, names, weights)
  const others = prefixes.filter((prefix) => prefix !== chosen && prefix.startsWith(chosen))
  const isOwn = (name: string): boolean => name.startsWith(chosen) && !others.some((prefix) => name.startsWith(prefix))
  return { ...file, tensors: new Map([...file.tensors].filter(([name]) => isOwn(name))) }
}

/**
 * Error about a checkpoint that holds no backbone, or several.
 *
 * @param file - the checkpoint
 */
export function notOneBackbone(file: TensorFile): DinokitError {
  const names = [...file.tensors.keys()]
  const prefixes = backbonesIn(names).map(({ prefix }) => prefix)
  const apart = prefixes.map((prefix) => nameOf(prefix, prefixes))
  if (prefixes.length > 1) return undecided(file.name, prefixes, apart, undefined)
  return new DinokitError('checkpoint-invalid', `${file.name} holds no DINOv2 backbone.`, {
    given: `tensors such as ${names.slice(0, 3).join(', ') || 'none'}`,
    expected: 'cls_token and pos_embed (Meta, timm), or embeddings.cls_token and embeddings.position_embeddings (Hugging Face)',
    hint: 'Head packages load heads.',
  })
}

function isNamed(prefix: string, weights: string): boolean {
  return weights === '.' ? prefix === '' : prefix.split('.').includes(weights) || prefix === weights || prefix === `${weights}.`
}

/** The first part of a prefix that no other has. */
function nameOf(prefix: string, all: readonly string[]): string {
  if (prefix === '') return '.'
  const others = all.filter((other) => other !== prefix).flatMap((other) => other.split('.'))
  return prefix.split('.').find((part) => part !== '' && !others.includes(part)) ?? prefix
}

function undecided(file: string, prefixes: readonly string[], names: readonly string[], weights: string | undefined): DinokitError {
  const held = prefixes.map((prefix) => `${prefix}*`).join(', ') || 'none'
  if (weights !== undefined) {
    return new DinokitError('invalid-option', `${file} has no backbone called ${weights}.`, {
      given: weights,
      expected: names.join(', ') || 'a file that holds a backbone',
    })
  }
  return new DinokitError('model-unsupported', `${file} holds ${prefixes.length} backbones: ${held}.`, {
    given: held,
    expected: 'one, or a choice',
    hint: `Choose one: ${names.map((name) => `--weights ${name}`).join(', or ')} (in the library: weights).`,
  })
}
