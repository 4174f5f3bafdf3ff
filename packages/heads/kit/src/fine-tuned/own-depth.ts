import { writeSafetensors, type TensorFile } from '@dinokit/checkpoint'
import { bytesSource, DinokitError, tensor, type OwnHead } from '@dinokit/core'
import type { FineTuned } from './own-classifier.ts'
import { canonicalDepthName } from './depth-names.ts'
import { spreadLayers } from './spread-layers.ts'

/** Options of {@link ownDepth} beside the model's tensors. */
export interface DepthModel extends FineTuned {
  /** The parsed preprocessor_config.json beside the file. */
  readonly preprocessor?: Readonly<Record<string, unknown>>
}

/** Meaning of the numbers of a depth model. */
export type DepthAnswer =
  /** Inverse depth up to scale and shift: large is near. ReLU, times `scale`. */
  | { readonly kind: 'disparity'; readonly scale: number }
  /** Meters: a sigmoid times `maxDepth`. */
  | { readonly kind: 'meters'; readonly maxDepth: number }
  /** Depth Anything V2 of which nothing says whether it is one or the other. `name`: of its file. */
  | { readonly kind: 'disparity-or-meters'; readonly name: string }
  /** Depth up to scale: an exponential, with a map of the sky. Times a focal length it is meters where `metric`; undefined where nothing says. */
  | { readonly kind: 'scaled'; readonly metric?: boolean }
  /** ReLU, in meters where `meters`; nothing says so otherwise. */
  | { readonly kind: 'plain'; readonly meters: boolean }

/**
 * Way in which an image becomes a depth model's input, with `side` in pixels. `least`: both sides at least that, in proportion, to the nearest
 * multiples of the patch. `nearest`: the side whose scale is nearest to 1 becomes it. `longest`: the longer side does. `pad`: as it is,
 * padded to multiples of the patch.
 */
export interface DepthInput {
  readonly rule: 'least' | 'nearest' | 'longest' | 'pad'
  readonly side: number
}

/** Description of the depth head in a model's own file: everything but its tensors. */
export interface OwnDepthDescription {
  /** Counted from 1. */
  readonly layers: readonly number[]
  /** Whether they are read after the final LayerNorm, not raw. */
  readonly norm: boolean
  /** Use of each layer's class token. */
  readonly readout: 'ignore' | 'project' | 'add'
  /** Whether maps grow by whole factors, as in transformers' DPT, or to the sizes of the next scale and of the input. */
  readonly doubling: boolean
  readonly answer: DepthAnswer
  readonly input: DepthInput
  /** Way in which the map is brought to the image's size: bilinearly with corners aligned, or bicubically. */
  readonly output: 'corners' | 'bicubic'
}

/** Metadata key under which the file that {@link ownDepth} writes carries its {@link OwnDepthDescription}. */
export const OWN_DEPTH_KEY = 'dinokit.depth'

/**
 * The depth head that a model has in its own file: Depth Anything V2 as published (`.pth`) and as transformers has it
 * (`DepthAnythingForDepthEstimation`), Depth Anything 3's Mono and Metric, transformers' `DPTForDepthEstimation` on DINOv2.
 *
 * @param model - the file, the card, the configurations
 * @returns a safetensors file that is written when it is opened, with the names of Depth Anything V2 below `depth_head.`; undefined where
 *   there is no such head; opening it throws `model-unsupported` where its configuration is missing or names what is not known
 */
export function ownDepth(model: DepthModel): OwnHead | undefined {
  const found = describe(model)
  if (!found) return undefined
  const { file } = model
  const open = async (): Promise<Uint8Array> => {
    const description = found.describe()
    const entries = [...file.tensors].flatMap(([stored, { shape }]) => {
      const name = stored.startsWith(found.prefix) ? canonicalDepthName(found.form, stored.slice(found.prefix.length)) : undefined
      return name === undefined ? [] : [{ name, shape, stored }]
    })
    const read = entries.map(async ({ name, shape, stored }) => {
      return [name, tensor('float32', await file.tensors.get(stored)!.readFloat32(), shape)] as const
    })
    return writeSafetensors(Object.fromEntries(await Promise.all(read)), { [OWN_DEPTH_KEY]: JSON.stringify(description) })
  }
  return { kind: 'own', open: async () => bytesSource(`the depth head of ${file.name}`, await open()) }
}

interface Found {
  /** Library that its names are of. */
  readonly form: 'original' | 'third' | 'huggingface'
  /** Prefix of its names. */
  readonly prefix: string
  /** Describes the head; throws where that is not known. */
  describe(): OwnDepthDescription
}

function describe(model: DepthModel): Found | undefined {
  const { file, layout, prefix } = model
  const has = (name: string): boolean => file.tensors.has(name)
  const before = (part: string): string | undefined => (prefix.endsWith(part) ? prefix.slice(0, -part.length) : undefined)
  if (layout === 'huggingface') {
    const outer = before('backbone.')
    if (outer === undefined || !has(`${outer}neck.reassemble_stage.layers.0.projection.weight`)) return undefined
    return { form: 'huggingface', prefix: outer, describe: () => describeHuggingFace(model, has(`${outer}head.head.0.weight`)) }
  }
  const third = before('backbone.pretrained.')
  if (third !== undefined && has(`${third}head.scratch.output_conv1.weight`))
    return { form: 'third', prefix: `${third}head.`, describe: () => describeThird(model) }
  const original = before('pretrained.')
  if (original !== undefined && has(`${original}depth_head.scratch.output_conv1.weight`))
    return { form: 'original', prefix: `${original}depth_head.`, describe: () => describeOriginal(model) }
  return undefined
}

/** Names of the published relative models; those of the metric ones have `metric` in them. */
const PUBLISHED = /(^|[\\/])depth_anything_v2_vit[sblg]\.(pth|safetensors)$/

function describeOriginal({ file, card }: DepthModel): OwnDepthDescription {
  if (/depth_anything_vit[sbl](14|\b)/.test(file.name)) {
    throw new DinokitError('model-unsupported', `${file.name} is Depth Anything V1 by its name, which reads other layers than V2.`, {
      given: file.name,
      expected: 'Depth Anything V2, or V1 as transformers has it: a folder with its config.json',
    })
  }
  return {
    layers: spreadLayers(card.architecture.depth),
    norm: true,
    readout: 'ignore',
    doubling: false,
    answer: PUBLISHED.test(file.name) ? { kind: 'disparity', scale: 1 } : { kind: 'disparity-or-meters', name: file.name },
    input: { rule: 'least', side: 518 },
    output: 'corners',
  }
}

function describeThird({ file, config, card }: DepthModel): OwnDepthDescription {
  const name = config?.model_name
  const metric = name === 'da3metric-large' ? true : name === 'da3mono-large' ? false : undefined
  if (metric === undefined && name !== undefined) {
    throw new DinokitError('model-unsupported', `${file.name} is ${JSON.stringify(name)} by its config.json, which is not supported.`, {
      given: `model_name ${JSON.stringify(name)}`,
      expected: 'da3mono-large or da3metric-large',
    })
  }
  return {
    layers: spreadLayers(card.architecture.depth),
    norm: true,
    readout: 'ignore',
    doubling: false,
    answer: { kind: 'scaled', ...(metric !== undefined && { metric }) },
    input: { rule: 'longest', side: 504 },
    output: 'corners',
  }
}

/** Meta's depth models as transformers has them, by the id of their repositories. */
const PUBLISHED_DPT = /dpt-dinov2-(small|base|large|giant)-(nyu|kitti)$/

function describeHuggingFace(model: DepthModel, isDpt: boolean): OwnDepthDescription {
  const { file, config, card, preprocessor = {} } = model
  if (!config) {
    throw new DinokitError('model-unsupported', `${file.name} has a depth head as transformers writes it, and no config.json.`, {
      expected: 'the config.json of the model, which says what its numbers mean',
      hint: 'Put it beside the file.',
    })
  }
  const backbone = (config.backbone_config ?? {}) as Readonly<Record<string, unknown>>
  const known: Readonly<Record<string, readonly unknown[]>> = {
    reassemble_factors: [undefined, [4, 2, 1, 0.5]],
    head_in_index: [undefined, -1],
    ...(isDpt && {
      is_hybrid: [undefined, false],
      use_batch_norm_in_fusion_residual: [undefined, false, null],
      readout_type: ['ignore', 'project', 'add', undefined],
      neck_ignore_stages: [undefined, []],
    }),
  }
  for (const [key, values] of Object.entries(known)) {
    const said = JSON.stringify(config[key])
    if (values.some((value) => JSON.stringify(value) === said)) continue
    throw new DinokitError('model-unsupported', `The config.json of ${file.name} has a ${key} that is not supported.`, {
      given: `${key} ${said}`,
      expected: values.map((value) => JSON.stringify(value) ?? 'nothing').join(', or '),
    })
  }
  return {
    layers: layersOf(file, backbone, card.architecture.depth),
    norm: backbone.apply_layernorm !== false,
    readout: isDpt ? ((config.readout_type ?? 'project') as OwnDepthDescription['readout']) : 'ignore',
    doubling: isDpt,
    answer: isDpt ? { kind: 'plain', meters: PUBLISHED_DPT.test(card.id) } : answerOf(file, config),
    input: inputOf(file, preprocessor, isDpt),
    output: 'bicubic',
  }
}

/** Stages count from the embeddings, so that stage N is what layer N leaves. */
function layersOf(
  file: TensorFile,
  { out_indices: indices, out_features: features }: Readonly<Record<string, unknown>>,
  depth: number,
): number[] {
  const named = Array.isArray(features) ? features.map((name) => Number(/^stage(\d+)$/.exec(String(name))?.[1])) : undefined
  const layers =
    (Array.isArray(indices) ? indices.map((index) => (Number(index) < 0 ? depth + 1 + Number(index) : Number(index))) : named) ?? []
  if (layers.length === 4 && layers.every((layer) => Number.isInteger(layer) && layer >= 1 && layer <= depth)) return layers
  throw new DinokitError('model-unsupported', `The config.json of ${file.name} does not say which four layers its depth head reads.`, {
    given: `out_indices ${JSON.stringify(indices)}`,
    expected: `backbone_config.out_indices: four whole numbers from 1 to ${depth}`,
  })
}

function answerOf(
  file: TensorFile,
  { depth_estimation_type: kind = 'relative', max_depth: most }: Readonly<Record<string, unknown>>,
): DepthAnswer {
  const scale = typeof most === 'number' && most > 0 ? most : undefined
  if (kind === 'relative') return { kind: 'disparity', scale: scale ?? 1 }
  if (kind === 'metric' && scale !== undefined) return { kind: 'meters', maxDepth: scale }
  throw new DinokitError('model-unsupported', `The config.json of ${file.name} does not say what its depth means.`, {
    given: `depth_estimation_type ${JSON.stringify(kind)}, max_depth ${JSON.stringify(most)}`,
    expected: 'depth_estimation_type relative, or metric with a max_depth in meters',
  })
}

function inputOf(
  file: TensorFile,
  { size, do_resize: resizes, do_pad: pads, keep_aspect_ratio: keeps, ensure_multiple_of: multiple }: Readonly<Record<string, unknown>>,
  isDpt: boolean,
): DepthInput {
  const { height, width } = (size ?? {}) as { readonly height?: unknown; readonly width?: unknown }
  if (resizes === false && pads === true) return { rule: 'pad', side: 0 }
  // Without a word it is as the published models have it.
  if (size === undefined && resizes === undefined) return isDpt ? { rule: 'pad', side: 0 } : { rule: 'nearest', side: 518 }
  if (keeps === true && multiple === 14 && typeof height === 'number' && height === width) return { rule: 'nearest', side: height }
  throw new DinokitError(
    'model-unsupported',
    `The preprocessor_config.json of ${file.name} prepares images in a way that is not supported.`,
    {
      given: JSON.stringify({ size, do_resize: resizes, do_pad: pads, keep_aspect_ratio: keeps, ensure_multiple_of: multiple }),
      expected: 'keep_aspect_ratio with ensure_multiple_of 14 and a square size, or do_pad without do_resize',
    },
  )
}
