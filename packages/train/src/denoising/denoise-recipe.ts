import { DinokitError, type ModelCard } from '@dinokit/core'
import { leastPadding } from './windows.ts'

/** The numbers of the averaged targets of a denoising. */
export interface DenoisedTargetsRecipe {
  /** Side of the image that targets are made of, in pixels, a multiple of the patch. Default 308. */
  readonly size: number
  /** Side of the windows that the teacher looks at, in pixels, a multiple of the patch. Default 224. */
  readonly targetWindow: number
  /** Windows of each image; each is looked at twice, the second time mirrored. Default 14. */
  readonly targetWindows: number
  /** Patches by which the image is continued on every side, as in a mirror. Default 3. */
  readonly targetPadding: number
}

/** The numbers of a denoised self-distillation. */
export interface DenoiseRecipe extends DenoisedTargetsRecipe {
  /** Sides of the windows that the student learns on, in pixels, one for each step, in turn. Default [224, 224, 224, 308]. */
  readonly windows: readonly number[]
  /** Images of one step. Default 32. */
  readonly batch: number
  /** Batches of one update. Default 1. */
  readonly accumulate: number
  /** Learning rate at the end of the warm-up. Default 3e-4. */
  readonly learningRate: number
  /** Share of the run that the warm-up takes. Default 0.06. */
  readonly warmUp: number
  /** Default 0.02. */
  readonly weightDecay: number
  /** Largest norm of all gradients together. Default 1. */
  readonly clip: number
  /** Share of the patches that the student does not see. Default 0. */
  readonly patchDropout: number
  /** Share of the steps in which nothing may look at the patches of the corners. Default 0. */
  readonly cornerMasking: number
  /** Weight of the loss on the class token's attention in the last layer. Default 0: none. */
  readonly attention: number
  /** Steps at first in which the registers alone are trained. Default 0. */
  readonly registersFirst: number
  /** Layers whose class tokens are matched together, as one long vector. Default: the last one alone, which no number stands for. */
  readonly classLayers: readonly number[]
  /** Seed of order, windows and what else is drawn. Default 0. */
  readonly seed: number
}

/** Defaults of {@link DenoiseRecipe}. */
export const DENOISE_DEFAULTS: DenoiseRecipe = Object.freeze({
  size: 308,
  targetWindow: 224,
  targetWindows: 14,
  targetPadding: 3,
  windows: [224, 224, 224, 308],
  batch: 32,
  accumulate: 1,
  learningRate: 3e-4,
  warmUp: 0.06,
  weightDecay: 0.02,
  clip: 1,
  patchDropout: 0,
  cornerMasking: 0,
  attention: 0,
  registersFirst: 0,
  classLayers: [],
  seed: 0,
})

/**
 * Refuses a recipe that can't be followed with these networks.
 *
 * @param recipe - to check
 * @param teacher - its card
 * @param student - its card
 * @throws DinokitError `invalid-option`, `size-invalid`, `model-unsupported`
 */
export function assertDenoising(recipe: DenoiseRecipe, teacher: ModelCard, student: ModelCard): void {
  assertTargets(recipe, teacher)
  const { size, windows, patchDropout, cornerMasking, attention, classLayers } = recipe
  const [own, others] = [student.architecture, teacher.architecture]
  if (own.dim !== others.dim || own.patch !== others.patch) {
    throw new DinokitError('model-unsupported', 'Denoising needs a student of its teacher’s width and patch size.', {
      given: `${student.id}: width ${own.dim}, patch ${own.patch}; ${teacher.id}: width ${others.dim}, patch ${others.patch}`,
      expected: 'the same, as of a student that begins as its teacher',
    })
  }
  if (windows.length === 0) throw invalid('windows', 'no windows', 'at least one side in pixels')
  for (const side of windows) assertSide('windows', side, own.patch, size)
  if (!(patchDropout >= 0 && patchDropout < 1)) throw invalid('patchDropout', patchDropout, 'a share from 0 to below 1')
  if (!(cornerMasking >= 0 && cornerMasking <= 1)) throw invalid('cornerMasking', cornerMasking, 'a share from 0 to 1')
  if (!(attention >= 0)) throw invalid('attention', attention, 'a weight of 0 or more')
  if (patchDropout > 0 && own.positionGrid[0] === 0) {
    throw new DinokitError('model-unsupported', `${student.id} has rotary positions: patches can’t be dropped in its training.`, {
      given: `patchDropout ${patchDropout}`,
      expected: '0, or a network with stored positions',
    })
  }
  if (attention > 0 && (own.heads !== others.heads || own.depth !== others.depth)) {
    throw new DinokitError('model-unsupported', 'Attention can be matched where student and teacher have the same layers.', {
      given: `${own.depth} layers of ${own.heads} heads, and ${others.depth} of ${others.heads}`,
      expected: 'a student that begins as its teacher, or attention 0',
    })
  }
  const strange = classLayers.find((layer) => !Number.isInteger(layer) || layer < 1 || layer > Math.min(own.depth, others.depth))
  if (strange !== undefined || (classLayers.length > 0 && own.depth !== others.depth)) {
    throw new DinokitError('output-unavailable', `The class tokens of layers ${classLayers.join(', ')} can’t be matched.`, {
      given: `layers ${classLayers.join(', ')}; a student of ${own.depth} layers, a teacher of ${others.depth}`,
      expected: `a student that begins as its teacher, and layers from 1 to ${others.depth}`,
    })
  }
}

/**
 * Refuses targets that can't be made.
 *
 * @param recipe - sizes of images, windows and padding
 * @param teacher - its card
 * @throws DinokitError `invalid-option`, `size-invalid`
 */
export function assertTargets({ size, targetWindow, targetWindows, targetPadding }: DenoisedTargetsRecipe, teacher: ModelCard): void {
  const { patch } = teacher.architecture
  assertSide('size', size, patch)
  assertSide('targetWindow', targetWindow, patch, size + 2 * targetPadding * patch)
  if (!(Number.isInteger(targetWindows) && targetWindows >= 1))
    throw invalid('targetWindows', targetWindows, 'a whole number of at least 1')
  const least = leastPadding(targetWindow / patch)
  if (!(Number.isInteger(targetPadding) && targetPadding >= least && targetPadding * patch < size))
    throw invalid('targetPadding', targetPadding, `a whole number of patches, at least ${least} and fewer than the image has`)
}

function assertSide(name: string, side: number, patch: number, most = Infinity): void {
  if (Number.isInteger(side) && side > 0 && side % patch === 0 && side <= most) return
  throw new DinokitError('size-invalid', `${name} ${side} can’t be the side of a window.`, {
    given: String(side),
    expected: `a multiple of the patch, ${patch}${most < Infinity ? `, of at most ${most}` : ''}`,
  })
}

function invalid(name: string, given: unknown, expected: string): DinokitError {
  return new DinokitError('invalid-option', `Invalid ${name}.`, { given: String(given), expected })
}
