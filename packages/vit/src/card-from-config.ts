import { DinokitError } from '@dinokit/core'
import type { InferCardOptions, InferredCard } from './infer-card.ts'
import { architectureOf, preprocessingOf, settle } from './lib/card-facts.ts'
import { countParameters } from './lib/count-parameters.ts'
import { assumedOf, backbonePart, huggingFaceFields } from './lib/huggingface-config.ts'
import type { ShapedArchitecture } from './lib/infer-architecture.ts'
import { assumedSize, processorFields } from './lib/infer-preprocessing.ts'
import type { CardFacts } from './lib/known-card.ts'
import { notOfColors } from './onnx-backbone.ts'

/**
 * Makes a card for a ready-made ONNX file from Hugging Face's config.json, as no tensors are there to look at.
 *
 * @param name - of the file, for messages
 * @param options - its name, its configuration, what the user says; `config` is needed
 * @throws DinokitError `model-unsupported` where the configuration is not of a DINOv2, or does not say mean and std
 */
export function cardFromConfig(name: string, options: InferCardOptions): InferredCard {
  const { id, config = {}, preprocessor = {}, card: said = {} } = options
  const part = backbonePart(config)
  const number = (key: string, otherwise?: number): number => {
    const value = part[key] ?? otherwise
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw new DinokitError('model-unsupported', `The config.json of ${name} has no ${key}.`, {
      given: JSON.stringify(part[key]),
      expected: `a Dinov2Model’s config.json with a number ${key}`,
    })
  }
  if (number('num_channels', 3) !== 3) throw notOfColors(name, number('num_channels'))
  const [dim, patch] = [number('hidden_size'), number('patch_size', 14)]
  const registers = number('num_register_tokens', 0)
  const side = Math.floor(number('image_size', 518) / patch)
  const ffn = part.use_swiglu_ffn === true ? 'swiglu' : 'mlp'
  const wide = dim * number('mlp_ratio', 4)
  const ffnHidden = ffn === 'mlp' ? wide : Math.floor((Math.floor((wide * 2) / 3) + 7) / 8) * 8
  const shaped: ShapedArchitecture = {
    patch,
    dim,
    depth: number('num_hidden_layers'),
    ffn,
    ffnHidden,
    registers,
    positionGrid: [side, side],
  }
  const processor = processorFields(name, preprocessor, said)
  const facts: CardFacts[] = [
    { from: 'card', fields: said },
    { from: 'config', fields: huggingFaceFields(name, config, shaped) },
    { from: 'config', fields: processor },
    { from: 'assumed', fields: assumedOf(config) },
    { from: 'assumed', fields: { interpolation: registers > 0 ? 'antialias' : 'plain', eps: 1e-6, activation: 'gelu' } },
    { from: 'assumed', fields: assumedSize(shaped, true, said.crop ?? processor.crop) },
  ]
  const { values, sources } = settle(name, shaped, facts, config)
  const architecture = architectureOf(shaped, values)
  const shapes = Object.keys(shaped).map((key) => [`architecture.${key}`, 'config'] as const)
  return {
    card: {
      id,
      architecture,
      interpolation: values.interpolation,
      preprocessing: preprocessingOf(values),
      parameters: countParameters(architecture),
      license: 'unknown',
      description: 'A ready-made ONNX file',
      origin: name,
    },
    sources: { ...Object.fromEntries(shapes), ...sources },
  }
}
