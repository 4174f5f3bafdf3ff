import type { TensorFile } from '@dinokit/checkpoint'
import {
  CARD_FIELDS,
  DinokitError,
  forEachChannel,
  IMAGENET_PREPROCESSING,
  MODEL_CARDS,
  type Architecture,
  type CardFields,
  type Preprocessing,
} from '@dinokit/core'
import { findRelatedModel, isSameShape, shapeOf } from '@dinokit/core/relatives'
import type { DetectedLayout, Layout } from '../layout.ts'
import { depthFields } from '../relatives/depth-fields.ts'
import { rotaryFields } from '../rotary/rotary-fields.ts'
import { assumedOf, huggingFaceFields, type Config } from './huggingface-config.ts'
import type { ShapedArchitecture } from './infer-architecture.ts'
import { assumedSize, processorFields, timmProcessorFields } from './infer-preprocessing.ts'
import type { CardFacts, CardSource } from './known-card.ts'
import { metaFields } from './meta-config.ts'
import { assertPooling, isOfTimm, timmFields, unknownArchitecture } from './timm-config.ts'

/** Facts about a checkpoint beside its tensors. */
interface FactOptions {
  readonly card?: CardFields
  readonly config?: Config
  readonly preprocessor?: Config
  readonly training?: string
}

/** Layout of a checkpoint, and which parameters of Meta's names it has. */
interface NamedParameters extends DetectedLayout {
  readonly has: (name: string) => boolean
}

/** All that is said of a network, the surest first. */
export function factsOf(
  file: TensorFile,
  { layout, prefix, has }: NamedParameters,
  shaped: ShapedArchitecture,
  { card = {}, config = {}, preprocessor, training }: FactOptions,
): CardFacts[] {
  const ofTimm = isOfTimm(config)
  if (shaped.pooling === 'mean') assertPooling(file.name, config)
  const { interpolation, ...hub } = ofTimm ? {} : huggingFaceFields(file.name, config, shaped)
  // What transformers does with positions says nothing of files by other names.
  const theirs = { ...hub, ...(layout === 'huggingface' && interpolation && { interpolation }) }
  const known = publishedFields(layout, shaped, has('mask_token'))
  const layerScale = has('blocks.0.ls1.gamma')
  const [rows, columns] = shaped.positionGrid
  const rotary = rotaryFields(file, shaped, config)
  const said: CardFacts[] = [
    { from: 'card', fields: card },
    ...(rotary ? [rotary.before] : []),
    ...(ofTimm && layout !== 'huggingface'
      ? [
          { from: 'config' as const, fields: timmFields(file.name, config, shaped.dim) },
          { from: 'config' as const, fields: timmProcessorFields(file.name, config, card) },
        ]
      : [{ from: 'config' as const, fields: theirs }]),
    ...(preprocessor ? [{ from: 'config' as const, fields: processorFields(file.name, preprocessor, card) }] : []),
    ...(training !== undefined && layout === 'meta' ? [{ from: 'config' as const, fields: metaFields(training) }] : []),
    ...(rows === columns ? [] : [{ from: 'config' as const, fields: { grid: shaped.positionGrid } }]),
    { from: 'names', fields: depthFields(file, { layout, prefix }, shaped) },
    { from: 'names', fields: fieldsByNames(layout, shaped, file.tensors.has(`${prefix}reg_token`)) },
    { from: 'assumed', fields: layout === 'huggingface' ? assumedOf(config) : {} },
    { from: 'assumed', fields: known },
    { from: 'assumed', fields: layout === 'timm' && layerScale ? relatedFields(shaped) : {} },
  ]
  const crop = said.find(({ fields }) => fields.crop !== undefined)?.fields.crop
  return [
    ...said,
    ...(rotary?.after ?? []),
    { from: 'assumed', fields: { eps: 1e-6, activation: 'gelu', ...assumedSize(shaped, layerScale || layout !== 'timm', crop) } },
  ]
}

/** Meta's code and transformers' have their own ways with positions; timm's files have Meta's names, unless they have registers. */
function fieldsByNames(layout: Layout, { registers }: ShapedArchitecture, timmRegisters: boolean): CardFields {
  if (layout === 'timm') return timmRegisters ? { interpolation: 'antialias' } : {}
  return { interpolation: registers > 0 ? 'antialias' : layout === 'meta' ? 'offset' : 'plain' }
}

/** Fields of the published DINOv2 that has these shapes. */
function publishedFields(
  layout: Layout,
  { patch, channels, dim, depth, ffn, registers, positionGrid }: ShapedArchitecture,
  masks: boolean,
): CardFields {
  const known = MODEL_CARDS.find(
    ({ architecture, weights }) =>
      weights !== undefined &&
      JSON.stringify([patch, dim, depth, ffn, registers, positionGrid]) ===
        JSON.stringify([
          architecture.patch,
          architecture.dim,
          architecture.depth,
          architecture.ffn,
          architecture.registers,
          architecture.positionGrid,
        ]),
  )
  if (!known || !masks || layout === 'timm' || channels !== undefined) return {}
  const { mean, std } = IMAGENET_PREPROCESSING
  return { heads: known.architecture.heads, mean, std }
}

/**
 * Fields of a published network of another field that has these shapes, where no other network has them: UNI2-h, Virchow and Virchow2. Their
 * configurations leave some of it out.
 */
function relatedFields({ channels, pooling, finalNorm, positionGrid, ...shaped }: ShapedArchitecture): CardFields {
  if (channels !== undefined || pooling !== undefined || finalNorm !== undefined || positionGrid.join() !== '16,16') return {}
  const architecture = { ...shaped, positionGrid, heads: 1, layerNormEps: 1 }
  const shape = shapeOf({ architecture, interpolation: 'antialias' })
  const known = ['uni2-h', 'virchow', 'virchow2'].map((id) => findRelatedModel(id)!)
  return known.find((model) => isSameShape(model.shape, shape))?.card ?? {}
}

/** The fields of a card, settled. */
export type Settled = Required<Omit<CardFields, Optional | 'grid'>> & Pick<CardFields, Optional>

type Optional = 'finalEps' | 'embedding' | 'aspect' | 'cropStart' | 'resampler'

/** The network of these shapes, with what was settled of it. */
export function architectureOf(shaped: ShapedArchitecture, { heads, eps, finalEps, activation }: Settled): Architecture {
  return {
    ...shaped,
    heads,
    layerNormEps: eps,
    ...(finalEps !== undefined && { finalNormEps: finalEps }),
    ...(shaped.ffn === 'mlp' && activation !== 'gelu' && { activation }),
  }
}

/** Preprocessing as it was settled. */
export function preprocessingOf({ shortest, aspect, crop, cropStart, filter, mean, std, resampler }: Settled): Preprocessing {
  return {
    shortest,
    ...(aspect === 'squash' && { aspect }),
    crop,
    ...(cropStart !== undefined && { cropStart }),
    filter,
    mean,
    std,
    ...(resampler !== undefined && { resampler }),
  }
}

/** Takes of each field what the surest source says. */
export function settle(
  file: string,
  shaped: ShapedArchitecture,
  facts: readonly CardFacts[],
  config: Config | undefined,
): { readonly values: Settled; readonly sources: Record<string, CardSource> } {
  const { channels = 3 } = shaped
  const values: Partial<Record<keyof CardFields, unknown>> = {}
  const sources: Record<string, CardSource> = {}
  for (const name of Object.keys(CARD_FIELDS) as (keyof CardFields)[]) {
    const colors = name === 'mean' || name === 'std'
    // A configuration may keep the three numbers of the model that this one was made of.
    const fact = facts.find(
      ({ from, fields }) => fields[name] !== undefined && (!colors || from === 'card' || fields[name].length === channels),
    )
    if (!fact) continue
    values[name] = colors ? forEachChannel(fact.fields[name]!, shaped) : fact.fields[name]
    sources[CARD_FIELDS[name]] = fact.from
  }
  // Without a word it is Pillow.
  sources[CARD_FIELDS.resampler] ??= 'assumed'
  const missing = (['heads', 'interpolation', 'mean', 'std'] as const).filter((name) => values[name] === undefined)
  if (missing.length > 0) throw notKnown(file, shaped, missing, config)
  return { values: values as unknown as Settled, sources }
}

type Needed = 'heads' | 'interpolation' | 'mean' | 'std'

const WHAT: Readonly<Record<Needed, string>> = {
  heads: 'attention heads',
  interpolation: 'resampling of positions',
  mean: 'mean',
  std: 'standard deviation',
}

function notKnown(
  file: string,
  { patch, channels = 3, dim, depth, positionGrid }: ShapedArchitecture,
  missing: readonly Needed[],
  config: Config | undefined,
): DinokitError {
  const each = channels === 3 ? 'R,G,B' : channels === 1 ? 'N' : `N1,…,N${channels}`
  const words = { heads: 'heads=N', interpolation: 'interpolation=NAME', mean: `mean=${each}`, std: `std=${each}` }
  const example = {
    heads: `heads=${Math.max(1, Math.round(dim / 64))}`,
    interpolation: 'interpolation=antialias',
    mean: 'mean=0.5',
    std: 'std=0.5',
  }
  const say = (of: Readonly<Record<Needed, string>>): string => `--card ${missing.map((name) => of[name]).join(',')}`
  const strange = config && unknownArchitecture(config)
  const names = missing.includes('interpolation')
    ? '; NAME is offset (Meta without registers), plain (Hugging Face without) or antialias (timm, registers)'
    : ''
  return new DinokitError(
    'model-unsupported',
    `${file} does not say its ${missing.map((name) => WHAT[name]).join(', ')}${strange === undefined ? '' : `; ${strange}`}.`,
    {
      given: `${channels === 3 ? '' : `${channels} channels, `}${depth} blocks of ${dim}, patch ${patch}, positions ${positionGrid.join('x')}`,
      expected: `the config.json of its library beside it, ${channels === 3 ? 'or the shapes and the mask token of a published DINOv2' : `with mean and std of ${channels} numbers each`}`,
      hint: `Say it: ${say(words)}, such as ${say(example)}${names}. In the library: card: { ${missing.join(', ')} }.`,
    },
  )
}
