import { DinokitError, IMAGENET_PREPROCESSING, type Architecture, type CardFields } from '@dinokit/core'
import { activationOf } from './known-card.ts'

/** A parsed configuration. */
export type Config = Readonly<Record<string, unknown>>

/** Defaults of each kind of configuration, which it may leave out (transformers 5.24). */
const DEFAULTS: Readonly<Record<string, { readonly heads: number; readonly eps: number; readonly interpolation?: 'plain' | 'antialias' }>> =
  {
    dinov2: { heads: 12, eps: 1e-6, interpolation: 'plain' },
    dinov2_with_registers: { heads: 12, eps: 1e-6, interpolation: 'antialias' },
    vit: { heads: 12, eps: 1e-12, interpolation: 'plain' },
    deit: { heads: 12, eps: 1e-12, interpolation: 'plain' },
    vit_mae: { heads: 12, eps: 1e-12, interpolation: 'plain' },
    dinov3_vit: { heads: 6, eps: 1e-5 },
    vit_msn: { heads: 12, eps: 1e-6, interpolation: 'plain' },
  }

/** Kinds whose images are prepared by ImageNet's mean and deviation where nothing is said. */
const OF_IMAGENET = ['dinov2', 'dinov2_with_registers']

/** Where composed models (depth, segmentation, image and text) keep what they say of their backbone. */
const PARTS = ['backbone_config', 'vision_config', 'encoder_config', 'encoder', 'dinov2_config']

/**
 * The part of Hugging Face's config.json that is about the backbone: of a composed model the nested one. At the top the same words
 * mean another part of it, or nothing.
 *
 * @param config - parsed
 */
export function backbonePart(config: Config): Config {
  for (const name of PARTS) {
    const part = config[name]
    if (typeof part === 'object' && part !== null && !Array.isArray(part)) return backbonePart(part as Config)
  }
  return config
}

/**
 * Reads what Hugging Face's config.json says of a backbone.
 *
 * @param file - for messages
 * @param config - parsed, of the model or of what it is composed of
 * @param architecture - as the tensors have it; the configuration must agree
 * @throws DinokitError `model-unsupported` where they disagree, or where the configuration names an unknown activation
 */
export function huggingFaceFields(file: string, config: Config, architecture: Omit<Architecture, 'heads' | 'layerNormEps'>): CardFields {
  const part = backbonePart(config)
  const kind = typeof part.model_type === 'string' ? part.model_type : undefined
  const known = kind !== undefined && Object.hasOwn(DEFAULTS, kind) ? DEFAULTS[kind] : undefined
  assertAgrees(file, part, architecture)
  const heads = part.num_attention_heads ?? known?.heads
  const eps = part.layer_norm_eps ?? known?.eps
  const activation = architecture.ffn === 'mlp' ? activationField(file, part.hidden_act ?? (known && 'gelu')) : undefined
  return {
    ...(typeof heads === 'number' && { heads }),
    ...(typeof eps === 'number' && { eps }),
    ...(activation && { activation }),
    ...(known?.interpolation && { interpolation: known.interpolation }),
  }
}

/** Fields that are assumed of a kind of model that has no preprocessor_config.json. */
export function assumedOf(config: Config): CardFields {
  const { mean, std } = IMAGENET_PREPROCESSING
  return OF_IMAGENET.includes(String(backbonePart(config).model_type)) ? { mean, std } : {}
}

function activationField(file: string, name: unknown): CardFields['activation'] {
  if (typeof name !== 'string') return undefined
  const activation = activationOf(name)
  if (activation) return activation
  throw new DinokitError('model-unsupported', `The config.json of ${file} names an activation that dinokit does not have: ${name}.`, {
    given: `hidden_act ${name}`,
    expected: 'gelu, gelu_pytorch_tanh, quick_gelu, silu or relu',
  })
}

function assertAgrees(file: string, part: Config, { dim, depth, patch }: Pick<Architecture, 'dim' | 'depth' | 'patch'>): void {
  const pairs = [
    ['hidden_size', dim, 'width'],
    ['num_hidden_layers', depth, 'number of blocks'],
    ['patch_size', patch, 'patch'],
  ] as const
  for (const [key, found, what] of pairs) {
    const said = part[key]
    if (typeof said !== 'number' || said === found) continue
    throw new DinokitError(
      'model-unsupported',
      `The config.json of ${file} says ${key} ${said}, and its tensors have the ${what} ${found}.`,
      {
        given: `${key} ${said}, tensors ${found}`,
        expected: 'a configuration and tensors of one model',
        hint: 'Put the config.json that belongs to these weights beside them.',
      },
    )
  }
}
