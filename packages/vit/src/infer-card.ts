import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type Architecture, type ModelCard } from '@dinokit/core'
import { carriedCard } from './carried-card.ts'
import { detectLayout, storedNames, type DetectedLayout, type Layout } from './layout.ts'
import { huggingFacePreprocessing, timmPreprocessing } from './lib/infer-preprocessing.ts'
import { isOptional, listParameters } from './parameters.ts'

/** Options of {@link inferCard} beside the checkpoint's tensors. */
export interface InferCardOptions {
  /** Id of the model; typically the file's or folder's name. */
  readonly id: string
  /** The parsed `config.json` of Hugging Face's layout, or of timm's repositories on the hub. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The parsed `preprocessor_config.json` of Hugging Face's layout. */
  readonly preprocessor?: Readonly<Record<string, unknown>>
}

/** Width of an attention head in every published DINOv2: the number of heads leaves no trace in the tensors' shapes. */
const HEAD_WIDTH = 64

/**
 * Makes a card for a checkpoint: the one that it carries, where dinokit wrote it; else from its tensors' names and shapes,
 * and from its config.json where there is one. timm's files say nothing of mean and std: without a config.json those with
 * LayerScale are taken for DINOv2 (ImageNet's), the others for timm's own default (.5, .5); pass a card where that is wrong.
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
      expected: 'cls_token and pos_embed (Meta, timm), or embeddings.cls_token and embeddings.position_embeddings (Hugging Face)',
    })
  }
  const carried = carriedCard(file.metadata, file.name)
  if (carried) return carried
  const { layout, prefix } = detected
  const has = (name: string): boolean => storedNames(layout, name).every((stored) => file.tensors.has(prefix + stored))
  if (layout === 'timm') refuseStrangers(file, prefix)
  const architecture = inferArchitecture(file, detected, options.config)
  return {
    id: options.id,
    architecture,
    interpolation: architecture.registers > 0 || layout === 'timm' ? 'antialias' : layout === 'meta' ? 'offset' : 'plain',
    preprocessing:
      layout === 'timm'
        ? timmPreprocessing(architecture, has('blocks.0.ls1.gamma'), options.config)
        : huggingFacePreprocessing(options.preprocessor),
    parameters: countParameters(architecture, (name) => !isOptional(name) || has(name)),
    license: 'unknown',
    description: `ViT with ${architecture.depth} blocks of ${architecture.dim}, from ${OWNERS[layout]} layout`,
    origin: file.name,
  }
}

const OWNERS: Readonly<Record<Layout, string>> = { meta: 'Meta’s', huggingface: 'Hugging Face’s', timm: 'timm’s' }

/** Parts of timm's other vision transformers: without them the tokens would be wrong. */
const STRANGERS = /^(norm_pre\.|dist_token|patch_embed\.(?!proj\.)|blocks\.\d+\.attn\.(q_norm|k_norm|norm)\.|blocks\.\d+\.mlp\.norm\.)/

function refuseStrangers(file: TensorFile, prefix: string): void {
  for (const name of file.tensors.keys()) {
    if (name.startsWith(prefix) && STRANGERS.test(name.slice(prefix.length)))
      throw unsupported(file.name, `it has a tensor ${name}`, 'the vision transformer of DINOv2')
  }
}

function countParameters(architecture: Architecture, counts: (name: string) => boolean = () => true): number {
  return listParameters(architecture)
    .filter(({ name }) => counts(name))
    .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
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
    id,
    architecture,
    interpolation: registers > 0 ? 'antialias' : 'plain',
    preprocessing: huggingFacePreprocessing(preprocessor),
    parameters: countParameters(architecture),
    license: 'unknown',
    description: 'A ready-made ONNX file',
    origin: name,
  }
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
  const side = Math.sqrt(layout === 'timm' && Number.isInteger(Math.sqrt(positions)) ? positions : positions - 1)
  if (!Number.isInteger(side) || side === 0) throw unsupported(file.name, `${positions} positions`, 'one for CLS and a square grid')
  let depth = 0
  while (shapeOf(`blocks.${depth}.norm1.weight`)) depth++
  if (depth === 0)
    throw new DinokitError('tensor-missing', `${file.name} has no block 0.`, {
      expected: `${prefix}${storedNames(layout, 'blocks.0.norm1.weight')[0]}`,
    })
  const [ffn, ffnHidden] = inferFfn(need, shapeOf('blocks.0.mlp.w12.weight') !== undefined, layout)
  return {
    patch,
    dim,
    depth,
    heads: inferHeads(file.name, dim, config?.num_attention_heads),
    ffn,
    ffnHidden,
    registers: shapeOf('register_tokens')?.[1] ?? 0,
    positionGrid: [side, side],
    layerNormEps: typeof config?.layer_norm_eps === 'number' ? config.layer_norm_eps : 1e-6,
  }
}

/** timm names SwiGLU's layers as those of an MLP: there only the widths tell. */
function inferFfn(
  need: (name: string, rank: number) => readonly number[],
  gated: boolean,
  layout: Layout,
): readonly [Architecture['ffn'], hidden: number] {
  if (!gated) return ['mlp', need('blocks.0.mlp.fc1.weight', 2)[0]!]
  const [width] = need('blocks.0.mlp.w12.weight', 2) as [number, number]
  const [, hidden] = layout === 'timm' ? (need('blocks.0.mlp.w3.weight', 2) as [number, number]) : [0, width / 2]
  return hidden === width ? ['mlp', width] : ['swiglu', hidden]
}

function inferHeads(file: string, dim: number, configured: unknown): number {
  const heads = configured ?? dim / HEAD_WIDTH
  if (typeof heads === 'number' && Number.isInteger(heads) && heads > 0 && dim % heads === 0) return heads
  throw new DinokitError('model-unsupported', `${file}: the number of attention heads can’t be told from tokens of ${dim}.`, {
    given: configured === undefined ? `dim ${dim}` : `num_attention_heads ${JSON.stringify(configured)}`,
    expected: `a dim that is a multiple of ${HEAD_WIDTH}, or a config.json beside the file whose num_attention_heads divides ${dim}`,
    hint: 'Pass a card that gives it.',
  })
}

function unsupported(file: string, given: string, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `${file} is an unknown network: ${given}.`, { given, expected })
}
