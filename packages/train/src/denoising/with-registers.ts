import { DinokitError, tensor } from '@dinokit/core'
import { createRandom } from '@dinokit/core/augment'
import { listParameters } from '@dinokit/vit'
import type { Student } from '../distillation/student.ts'
import { normal } from '../step/normal.ts'

/** Deviation of new registers. */
const DEVIATION = 0.02

/**
 * A student with more registers (arXiv 2309.16588); those that it has stay, and the new ones are normal of deviation .02. Positions
 * of other grids are resampled as models with registers do it, with antialiasing, unless they are rotary.
 *
 * @param student - to add them to
 * @param registers - how many there are to be
 * @param seed - the same numbers for the same seed
 * @throws DinokitError `invalid-option` for fewer than it has
 */
export function withRegisters({ card, tensors }: Student, registers: number, seed: number): Student {
  const { dim, registers: had } = card.architecture
  if (!Number.isInteger(registers) || registers < had) {
    throw new DinokitError('invalid-option', `${card.id} can’t have ${registers} registers.`, {
      given: String(registers),
      expected: had > 0 ? `its own ${had}, or more` : 'a whole number',
    })
  }
  if (registers === had) return { card, tensors }
  const random = createRandom(seed, 1)
  const tokens = Float32Array.from({ length: registers * dim }, () => DEVIATION * normal(random))
  if (had > 0) tokens.set(tensors.register_tokens!.data)
  const architecture = { ...card.architecture, registers }
  const all: Student['tensors'] = { ...tensors, register_tokens: tensor('float32', tokens, [1, registers, dim]) }
  const parameters = listParameters(architecture)
  return {
    card: {
      ...card,
      architecture,
      interpolation: card.interpolation === 'rotary' ? 'rotary' : 'antialias',
      parameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0),
    },
    tensors: Object.fromEntries(parameters.flatMap(({ name }) => (all[name] ? [[name, all[name]]] : []))),
  }
}
