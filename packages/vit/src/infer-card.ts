import type { TensorFile } from '@dinokit/checkpoint'
import { CARD_FIELDS, DinokitError, withCardFields, type CardFields, type ModelCard } from '@dinokit/core'
import { carriedCard } from './carried-card.ts'
import { detectLayout, storedNames, type Layout } from './layout.ts'
import { architectureOf, factsOf, preprocessingOf, settle } from './lib/card-facts.ts'
import { countParameters } from './lib/count-parameters.ts'
import type { Config } from './lib/huggingface-config.ts'
import { inferArchitecture } from './lib/infer-architecture.ts'
import type { CardSource } from './lib/known-card.ts'
import { refuseStrangers } from './lib/refuse-strangers.ts'
import { isOptional } from './parameters.ts'

/** Options of {@link inferCard} beside the checkpoint's tensors. */
export interface InferCardOptions {
  /** Id of the model; typically the file's or folder's name. */
  readonly id: string
  /** The parsed `config.json` of Hugging Face's layout, or of timm's repositories on the hub. */
  readonly config?: Config
  /** The parsed `preprocessor_config.json` of Hugging Face's layout. */
  readonly preprocessor?: Config
  /** The text of the `config.yaml` that Meta's training writes beside its checkpoints. */
  readonly training?: string
  /** Fields that the user sets: they come before all else. */
  readonly card?: CardFields
}

/** A card, and where each of its values comes from. */
export interface InferredCard {
  readonly card: ModelCard
  /** Sources by the paths of a card, such as `architecture.heads`; a value that is not here has no bearing on tokens. */
  readonly sources: Readonly<Record<string, CardSource>>
}

/**
 * Makes a card for a checkpoint: see {@link describeCard}.
 *
 * @param file - the checkpoint
 * @param options - its name, its configuration, what the user says
 * @throws DinokitError those of {@link describeCard}
 */
export function inferCard(file: TensorFile, options: InferCardOptions): ModelCard {
  return describeCard(file, options).card
}

/**
 * Makes a card for a checkpoint, and says where each value comes from. Nothing that changes tokens is guessed: heads, positions and
 * normalization come from the user, from the card that dinokit wrote, from a configuration, or from names; without any of these
 * they are taken, as assumed, where width, depth, patch, grid and mask token are those of a published DINOv2. Else the file is
 * refused, with what is to be said.
 *
 * @param file - the checkpoint
 * @param options - its name, its configuration, what the user says
 * @throws DinokitError `checkpoint-invalid` where no backbone is there, `model-unsupported` where it is of another kind, where the
 *   configuration is of another model, or where something is not known
 */
export function describeCard(file: TensorFile, options: InferCardOptions): InferredCard {
  const detected = detectLayout(file.tensors.keys())
  if (!detected) {
    throw new DinokitError('checkpoint-invalid', `${file.name} holds no DINOv2 backbone.`, {
      given: `tensors such as ${[...file.tensors.keys()].slice(0, 3).join(', ') || 'none'}`,
      expected: 'cls_token and pos_embed (Meta, timm), or embeddings.cls_token and embeddings.position_embeddings (Hugging Face)',
    })
  }
  const carried = carriedCard(file.metadata, file.name)
  if (carried) return carriedWith(carried, options.card)
  const { layout, prefix } = detected
  if (layout === 'timm') refuseStrangers(file, prefix)
  const has = (name: string): boolean => storedNames(layout, name).every((stored) => file.tensors.has(prefix + stored))
  const shaped = inferArchitecture(file, detected, options)
  const { values, sources } = settle(file.name, shaped, factsOf(file, { ...detected, has }, shaped, options), options.config)
  const { heads, interpolation } = values
  const architecture = architectureOf(shaped, values)
  if (shaped.dim % heads !== 0) throw headsDisagree(file.name, shaped.dim, heads)
  const card: ModelCard = {
    id: options.id,
    architecture,
    interpolation,
    ...(values.embedding !== undefined && values.embedding !== 'class' && { embedding: values.embedding }),
    preprocessing: preprocessingOf(values),
    parameters: countParameters(architecture, (name) => !isOptional(name) || has(name)),
    license: 'unknown',
    description: `ViT with ${architecture.depth} blocks of ${architecture.dim}${architecture.positionGrid[0] > 0 ? `, from ${OWNERS[layout]} layout` : ' and rotary positions, as DINOv3'}`,
    origin: file.name,
  }
  const shapes = Object.keys(shaped).map((key) => [`architecture.${key}`, 'shapes'] as const)
  // What was said is checked as cards in files are.
  return { card: options.card ? withCardFields(card, options.card) : card, sources: { ...Object.fromEntries(shapes), ...sources } }
}

const OWNERS: Readonly<Record<Layout, string>> = { meta: 'Meta’s', huggingface: 'Hugging Face’s', timm: 'timm’s' }

/**
 * A card that is whole already, with what the user says in place of its own.
 *
 * @param card - such as the one that an ONNX file carries
 * @param fields - what the user says
 */
export function carriedWith(card: ModelCard, fields: CardFields = {}): InferredCard {
  const { architecture, preprocessing } = card
  const paths = [
    'interpolation',
    ...(card.embedding ? ['embedding'] : []),
    ...Object.keys(architecture).map((key) => `architecture.${key}`),
    ...Object.keys(preprocessing).map((key) => `preprocessing.${key}`),
  ]
  const said = Object.keys(fields).map((name) => [CARD_FIELDS[name as keyof CardFields], 'card'] as const)
  return {
    card: withCardFields(card, fields),
    sources: { ...Object.fromEntries(paths.map((path) => [path, 'file' as const])), ...Object.fromEntries(said) },
  }
}

function headsDisagree(file: string, dim: number, heads: number): DinokitError {
  return new DinokitError('model-unsupported', `${file} has tokens of ${dim}, which ${heads} heads do not divide.`, {
    given: `${heads} heads`,
    expected: `a divisor of ${dim}`,
    hint: 'The configuration may belong to other weights.',
  })
}
