import { DinokitError } from '@dinokit/core'
import type { DepthAnswer } from '@dinokit/head-kit'

/** Facts that a user says of a model whose file does not say them. */
export interface SaidOfDepth {
  readonly unit?: 'disparity' | 'meters'
  readonly maxDepth?: number
}

/**
 * Settles what a depth model's numbers mean: what its file says, or else the user. What neither says is refused: the networks are the
 * same, and the numbers would be wrong.
 *
 * @param name - of the file, for messages
 * @param found - what the file says
 * @param said - what the user says
 * @throws DinokitError `model-unsupported` where nobody says it, `invalid-option` where what is said can't be
 */
export function decideAnswer(name: string, found: DepthAnswer, said: SaidOfDepth): DepthAnswer {
  const { maxDepth } = said
  if (maxDepth !== undefined && !(maxDepth > 0 && Number.isFinite(maxDepth))) {
    throw new DinokitError('invalid-option', `The largest depth is ${maxDepth}.`, { given: String(maxDepth), expected: 'meters, above 0' })
  }
  const unit = said.unit ?? (maxDepth === undefined ? undefined : 'meters')
  if (unit !== undefined && unit !== 'disparity' && unit !== 'meters') {
    throw new DinokitError('invalid-option', `The unit is ${JSON.stringify(unit)}.`, { given: String(unit), expected: 'disparity, meters' })
  }
  if (found.kind === 'disparity-or-meters') return decideOriginal(found.name, unit, maxDepth)
  if (found.kind === 'plain') {
    if (unit === undefined && !found.meters) throw unknownUnit(name)
    if (maxDepth !== undefined) throw contradiction(name, 'has no largest depth', `maxDepth ${maxDepth}`)
    return unit === 'disparity' && !found.meters ? { kind: 'disparity', scale: 1 } : { kind: 'plain', meters: true }
  }
  if (found.kind === 'scaled') {
    if (unit === 'disparity' || maxDepth !== undefined) throw contradiction(name, 'gives depth up to scale', String(maxDepth ?? unit))
    if (unit === 'meters' && found.metric === false) throw contradiction(name, 'is the model without meters (Mono)', unit)
    return unit === 'meters' ? { kind: 'scaled', metric: true } : found
  }
  if (unit !== undefined && (unit !== found.kind || (found.kind === 'meters' && maxDepth !== undefined && maxDepth !== found.maxDepth))) {
    const own = found.kind === 'meters' ? `gives meters up to ${found.maxDepth}` : 'gives disparity'
    throw contradiction(name, own, maxDepth === undefined ? unit : `meters up to ${maxDepth}`)
  }
  return found
}

function decideOriginal(name: string, unit: SaidOfDepth['unit'], maxDepth: number | undefined): DepthAnswer {
  if (unit === 'disparity' && maxDepth === undefined) return { kind: 'disparity', scale: 1 }
  if (unit === 'meters' && maxDepth !== undefined) return { kind: 'meters', maxDepth }
  if (unit === 'disparity') throw contradiction(name, 'can’t give disparity up to a largest depth', `maxDepth ${maxDepth}`)
  const [, trained] = /(hypersim|vkitti)/i.exec(name) ?? []
  const likely = trained === undefined ? undefined : trained.toLowerCase() === 'hypersim' ? '20' : '80'
  throw new DinokitError('model-unsupported', `Nothing says whether ${name} gives disparity or meters, and up to which depth.`, {
    given: 'tensors of Depth Anything V2, which are the same in both',
    expected:
      'a file named as it was published (depth_anything_v2_vits.pth), a folder with config.json as transformers writes it, or what it is',
    hint: `Say it: --max-depth 20 (meters, trained on Hypersim) or 80 (Virtual KITTI), or --unit disparity (in the library: depth({ maxDepth }) or depth({ unit })).${likely === undefined ? '' : ` By its name it would be --max-depth ${likely}.`}`,
  })
}

function unknownUnit(name: string): DinokitError {
  return new DinokitError('model-unsupported', `Nothing says whether ${name} gives meters.`, {
    given: 'a DPT of transformers, whose config.json has no unit',
    expected: 'facebook/dpt-dinov2-SIZE-nyu or -kitti, or what it is',
    hint: 'Say it: --unit meters, or --unit disparity (in the library: depth({ unit })).',
  })
}

function contradiction(name: string, own: string, given: string): DinokitError {
  return new DinokitError('invalid-option', `${name} ${own}, and ${given} was asked for.`, {
    given,
    expected: 'what the model gives',
    hint: 'Leave the option out.',
  })
}
