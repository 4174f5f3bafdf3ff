import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, IMAGENET_PREPROCESSING, type Architecture, type ModelCard, type Preprocessing } from '@dinokit/core'
import { detectLayout, storedNames, type DetectedLayout } from './layout.ts'
import { parametersOf } from './parameters.ts'

/** What is known of a checkpoint beside its tensors, for {@link inferCard}. */
export interface InferCardOptions {
  /** What the model is to be called; typically the file's or folder's name. */
  readonly id: string
  /** The parsed `config.json` of Hugging Face's layout. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The parsed `preprocessor_config.json` of Hugging Face's layout. */
  readonly preprocessor?: Readonly<Record<string, unknown>>
}

/** Width of an attention head in every published DINOv2: the number of heads leaves no trace in the tensors' shapes. */
const HEAD_WIDTH = 64

/**
 * Makes a card for a checkpoint from its tensors' names and shapes, and from its config.json where there is one.
 *
 * @param file - the checkpoint
 * @param options - its name and configuration
 * @throws DinokitError `checkpoint-invalid` where no backbone is there, `model-unsupported` where it is of another kind
 */
export function inferCard(file: TensorFile, options: InferCardOptions): ModelCard {
  const detected = detectLayout(file.tensors.keys())
  if (!detected) {
    throw new DinokitError('checkpoint-invalid', `${file.name} holds no DINOv2 backbone.`, {
      given: `tensors such as ${[...file.tensors.keys()].slice(0, 3).join(', ') || 'none'}`,
      expected: 'cls_token and pos_embed (Meta), or embeddings.cls_token and embeddings.position_embeddings (Hugging Face)',
    })
  }
  const architecture = inferArchitecture(file, detected, options.config)
  const interpolation = architecture.registers > 0 ? 'antialias' : detected.layout === 'meta' ? 'offset' : 'plain'
  return {
    ...commonCard(options.id, architecture, interpolation, options.preprocessor),
    description: `ViT with ${architecture.depth} blocks of ${architecture.dim}, from ${detected.layout === 'meta' ? 'Meta’s' : 'Hugging Face’s'} layout`,
    origin: file.name,
  }
}

/**
 * Makes a card for a ready-made ONNX file from Hugging Face's config.json, as no tensors are there to look at.
 *
 * @param name - of the file, for messages
 * @param options - its name and configuration; `config` is needed
 * @throws DinokitError `model-unsupported` where the configuration is not of a DINOv2
 */
export function cardFromConfig(name: string, { id, config = {}, preprocessor }: InferCardOptions): ModelCard {
  const number = (key: string, otherwise?: number): number => {
    const value = config[key] ?? otherwise
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw new DinokitError('model-unsupported', `The config.json of ${name} has no ${key}.`, {
      given: JSON.stringify(config[key]),
      expected: `a Dinov2Model’s config.json with a number ${key}`,
    })
  }
  const [dim, patch] = [number('hidden_size'), number('patch_size', 14)]
  const registers = number('num_register_tokens', 0)
  const side = Math.floor(number('image_size', 518) / patch)
  const ffn = config.use_swiglu_ffn === true ? 'swiglu' : 'mlp'
  const wide = dim * number('mlp_ratio', 4)
  const architecture: Architecture = {
    patch,
    dim,
    depth: number('num_hidden_layers'),
    heads: number('num_attention_heads'),
    ffn,
    ffnHidden: ffn === 'mlp' ? wide : Math.floor((Math.floor((wide * 2) / 3) + 7) / 8) * 8,
    registers,
    positionGrid: [side, side],
    layerNormEps: number('layer_norm_eps', 1e-6),
  }
  return {
    ...commonCard(id, architecture, registers > 0 ? 'antialias' : 'plain', preprocessor),
    description: 'A ready-made ONNX file',
    origin: name,
  }
}

function commonCard(
  id: string,
  architecture: Architecture,
  interpolation: ModelCard['interpolation'],
  preprocessor: InferCardOptions['preprocessor'],
): Omit<ModelCard, 'description' | 'origin'> {
  const parameters = parametersOf(architecture).reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
  return { id, architecture, interpolation, preprocessing: inferPreprocessing(preprocessor), parameters, licence: 'unknown' }
}

function inferArchitecture(file: TensorFile, { layout, prefix }: DetectedLayout, config: InferCardOptions['config']): Architecture {
  const shapeOf = (name: string): readonly number[] | undefined => file.tensors.get(prefix + storedNames(layout, name)[0]!)?.shape
  const need = (name: string, rank: number): readonly number[] => {
    const shape = shapeOf(name)
    if (!shape)
      throw new DinokitError('tensor-missing', `${file.name} has no tensor ${prefix}${storedNames(layout, name)[0]}.`, { expected: name })
    if (shape.length !== rank) throw unsupported(file.name, `${name} of shape [${shape.join(', ')}]`, `${rank} dimensions`)
    return shape
  }
  const [dim, channels, patch, patchWidth] = need('patch_embed.proj.weight', 4) as [number, number, number, number]
  if (channels !== 3 || patch !== patchWidth)
    throw unsupported(file.name, `patches of ${channels}x${patch}x${patchWidth}`, 'square patches of 3 channels')
  const [, positions] = need('pos_embed', 3) as [number, number, number]
  const side = Math.sqrt(positions - 1)
  if (!Number.isInteger(side)) throw unsupported(file.name, `${positions} positions`, 'one for CLS and a square grid')
  let depth = 0
  while (shapeOf(`blocks.${depth}.norm1.weight`)) depth++
  if (depth === 0)
    throw new DinokitError('tensor-missing', `${file.name} has no block 0.`, {
      expected: `${prefix}${storedNames(layout, 'blocks.0.norm1.weight')[0]}`,
    })
  const ffn = shapeOf('blocks.0.mlp.w12.weight') ? 'swiglu' : 'mlp'
  const [width] = need(ffn === 'mlp' ? 'blocks.0.mlp.fc1.weight' : 'blocks.0.mlp.w12.weight', 2) as [number, number]
  return {
    patch,
    dim,
    depth,
    heads: inferHeads(file.name, dim, config?.num_attention_heads),
    ffn,
    ffnHidden: ffn === 'mlp' ? width : width / 2,
    registers: shapeOf('register_tokens')?.[1] ?? 0,
    positionGrid: [side, side],
    layerNormEps: typeof config?.layer_norm_eps === 'number' ? config.layer_norm_eps : 1e-6,
  }
}

function inferHeads(file: string, dim: number, configured: unknown): number {
  const heads = configured ?? dim / HEAD_WIDTH
  if (typeof heads === 'number' && Number.isInteger(heads) && heads > 0 && dim % heads === 0) return heads
  throw new DinokitError('model-unsupported', `${file}: the number of attention heads can’t be told from tokens of ${dim}.`, {
    given: configured === undefined ? `dim ${dim}` : `num_attention_heads ${JSON.stringify(configured)}`,
    expected: `a dim that is a multiple of ${HEAD_WIDTH}, or a config.json beside the file whose num_attention_heads divides ${dim}`,
    hint: 'Pass a card that says it.',
  })
}

function inferPreprocessing(config: InferCardOptions['preprocessor']): Preprocessing {
  if (!config) return IMAGENET_PREPROCESSING
  const number = (value: unknown, key: string): number | undefined => {
    const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
    return typeof found === 'number' && Number.isInteger(found) && found > 0 ? found : undefined
  }
  const triple = (value: unknown): readonly [number, number, number] | undefined =>
    Array.isArray(value) && value.length === 3 && value.every((item) => typeof item === 'number')
      ? (value as [number, number, number])
      : undefined
  return {
    shortest: number(config.size, 'shortest_edge') ?? IMAGENET_PREPROCESSING.shortest,
    crop: number(config.crop_size, 'height') ?? IMAGENET_PREPROCESSING.crop,
    filter: FILTERS[String(config.resample)] ?? IMAGENET_PREPROCESSING.filter,
    mean: triple(config.image_mean) ?? IMAGENET_PREPROCESSING.mean,
    std: triple(config.image_std) ?? IMAGENET_PREPROCESSING.std,
  }
}

/** Pillow's numbers of the filters (PIL.Image.Resampling). */
const FILTERS: Readonly<Record<string, Preprocessing['filter']>> = { '1': 'lanczos', '2': 'bilinear', '3': 'bicubic' }

function unsupported(file: string, given: string, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `${file} is a network that dinokit does not know: ${given}.`, { given, expected })
}
