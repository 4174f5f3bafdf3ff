import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, IMAGENET_PREPROCESSING, type CardFields } from '@dinokit/core'
import { backbonePart, type Config } from '../lib/huggingface-config.ts'
import type { ShapedArchitecture } from '../lib/infer-architecture.ts'
import type { CardFacts } from '../lib/known-card.ts'
import { isOfTimm } from '../lib/timm-config.ts'
import { rotaryFacts } from './rotary-file.ts'

/** Widths, blocks, widths inside and heads of the published DINOv3 (dinov3/hub/backbones.py). */
const SIZES: readonly (readonly [dim: number, depth: number, hidden: number, heads: number])[] = [
  [384, 12, 1536, 6],
  [768, 12, 3072, 12],
  [1024, 24, 4096, 16],
  [1280, 32, 5120, 20],
  [4096, 40, 8192, 32],
]

/** Preparation of images by Meta's code, which neither keeps their proportions nor crops them; by transformers, and by timm. */
const META = { shortest: 256, aspect: 'squash', crop: 256, filter: 'bilinear', resampler: 'torchvision' } as const satisfies CardFields
const HUGGING_FACE = { ...META, shortest: 224, crop: 224, resampler: 'torchvision-unrounded' } as const satisfies CardFields
const TIMM = { shortest: 256, crop: 256, filter: 'bicubic' } as const satisfies CardFields

/**
 * Finds what is known of a network with rotary positions, beside what its configuration says: what comes before it, and what after.
 *
 * @param file - as `rotaryFile` reads it
 * @param shaped - its architecture as far as shapes tell it
 * @param config - of transformers or timm
 * @returns undefined where positions are stored
 * @throws DinokitError `model-unsupported` where the configuration has other rotations, or another activation
 */
export function rotaryFields(
  file: TensorFile,
  shaped: ShapedArchitecture,
  config: Config,
): { readonly before: CardFacts; readonly after: readonly CardFacts[] } | undefined {
  const facts = rotaryFacts(file)
  if (!facts) return undefined
  const { interpolation, headWidth, localNorm } = facts
  assertConfig(file.name, backbonePart(config))
  const { patch, dim, depth, ffnHidden } = shaped
  const known = SIZES.find((size) => patch === 16 && size[0] === dim && size[1] === depth && size[2] === ffnHidden)
  const { mean, std } = IMAGENET_PREPROCESSING
  // Satellite images have colors of their own, and with this norm it may be a model of them.
  const bare = Object.keys(config).length === 0
  const ofMeta = headWidth !== undefined
  // Satellite images have colors of their own: of large models there are both kinds, told apart by a norm that Meta's files have more.
  const sure = known && (ofMeta ? !localNorm : known[0] < 1024 || known[0] === 1280)
  return {
    before: { from: 'names', fields: { interpolation, ...(headWidth !== undefined && { heads: dim / headWidth }) } },
    after: [
      { from: 'assumed', fields: { eps: 1e-5, ...(known && { heads: known[3] }), ...(bare && sure && { mean, std }) } },
      // A configuration of timm's says its own, and what it leaves out is timm's.
      { from: 'assumed', fields: isOfTimm(config) ? {} : bare ? (ofMeta ? META : TIMM) : HUGGING_FACE },
    ],
  }
}

function assertConfig(file: string, { rope_theta: theta = 100, use_gated_mlp: gated, hidden_act: act }: Config): void {
  if (theta !== 100) throw unsupported(file, `rope_theta ${JSON.stringify(theta)}`, 'rope_theta 100')
  if (gated === true && act !== undefined && act !== 'silu')
    throw unsupported(file, `use_gated_mlp with hidden_act ${JSON.stringify(act)}`, 'hidden_act silu')
}

function unsupported(file: string, given: string, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `The config.json of ${file} has ${given}, which dinokit does not compute.`, {
    given,
    expected,
  })
}
