import { DinokitError } from '../contract/dinokit-error.ts'
import type {
  Activation,
  Architecture,
  Aspect,
  CropStart,
  EmbeddingKind,
  ModelCard,
  PositionInterpolation,
  Preprocessing,
  Resampler,
} from './model-card.ts'
import { modelCardText } from './model-card-text.ts'
import { parseModelCard } from './parse-model-card.ts'

/** Fields of a card that users may set where a file does not say them; they come before all that is found. */
export interface CardFields {
  /** Number of attention heads. */
  readonly heads?: number
  /** Epsilon of the LayerNorms. */
  readonly eps?: number
  /** Epsilon of the last LayerNorm, where it is another one. */
  readonly finalEps?: number
  readonly activation?: Activation
  /** Rows and columns of the stored positions, where they are not as many. */
  readonly grid?: readonly [rows: number, columns: number]
  readonly interpolation?: PositionInterpolation
  /** Vector that stands for an image as a whole: what is indexed, searched and compared. */
  readonly embedding?: EmbeddingKind
  /** One number for each channel, or one for all of them. */
  readonly mean?: Preprocessing['mean']
  /** One number for each channel, or one for all of them. */
  readonly std?: Preprocessing['std']
  /** The shorter side after resizing. */
  readonly shortest?: number
  readonly aspect?: Aspect
  /** Side of the center crop. */
  readonly crop?: number
  readonly cropStart?: CropStart
  readonly filter?: Preprocessing['filter']
  readonly resampler?: Resampler
}

/** Where each field stands in a card. */
export const CARD_FIELDS: Readonly<Record<keyof CardFields, string>> = Object.freeze({
  heads: 'architecture.heads',
  eps: 'architecture.layerNormEps',
  finalEps: 'architecture.finalNormEps',
  activation: 'architecture.activation',
  grid: 'architecture.positionGrid',
  interpolation: 'interpolation',
  embedding: 'embedding',
  mean: 'preprocessing.mean',
  std: 'preprocessing.std',
  shortest: 'preprocessing.shortest',
  aspect: 'preprocessing.aspect',
  crop: 'preprocessing.crop',
  cropStart: 'preprocessing.cropStart',
  filter: 'preprocessing.filter',
  resampler: 'preprocessing.resampler',
})

/**
 * A card with some fields as they were said.
 *
 * @param card - of the model
 * @param fields - that take the place of the card's own
 * @throws DinokitError `model-unsupported` where a field is none that a card can have, `invalid-option` for an unknown one
 */
export function withCardFields(card: ModelCard, fields: CardFields): ModelCard {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined)
  if (said.length === 0) return card
  const changed = { ...card, architecture: { ...card.architecture }, preprocessing: { ...card.preprocessing } }
  const parts: Readonly<Record<string, object>> = { architecture: changed.architecture, preprocessing: changed.preprocessing }
  for (const [name, value] of said as [string, unknown][]) {
    if (!Object.hasOwn(CARD_FIELDS, name)) throw unknownField(name)
    const [part, key] = CARD_FIELDS[name as keyof CardFields].split('.') as [string, string?]
    if (key === undefined) Object.assign(changed, { [part]: value })
    else Object.assign(parts[part]!, { [key]: Array.isArray(value) && name !== 'grid' ? forEachChannel(value, card.architecture) : value })
  }
  return parseModelCard(modelCardText(changed), `${card.id} as it was said`)
}

/**
 * Gives each channel its number, where one stands for all.
 *
 * @param values - mean or std
 * @param architecture - whose channels
 * @throws DinokitError `invalid-option` where there are neither one nor as many as channels
 */
export function forEachChannel(values: readonly number[], { channels = 3 }: Pick<Architecture, 'channels'>): readonly number[] {
  if (values.length === 1) return new Array<number>(channels).fill(values[0]!)
  if (values.length === channels) return values
  throw new DinokitError('invalid-option', `The model takes images of ${channels} channels, and ${values.length} numbers were said.`, {
    given: values.join(','),
    expected: `${channels} numbers of mean and of std, or one of each for all channels`,
  })
}

/**
 * Reads fields of a card as they are typed: `heads=16,interpolation=antialias,mean=0.5,std=0.5`. Of mean and std one number stands
 * for all channels, or there is one for each, separated by commas.
 *
 * @param text - as it was typed
 * @throws DinokitError `invalid-option`
 */
export function parseCardFields(text: string): CardFields {
  const values: Record<string, string[]> = {}
  let last: string[] | undefined
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    if (at < 0) {
      if (!last) throw malformed(text)
      last.push(part.trim())
      continue
    }
    const name = part.slice(0, at).trim()
    if (!Object.hasOwn(CARD_FIELDS, name)) throw unknownField(name)
    last = values[name] = [part.slice(at + 1).trim()]
  }
  return Object.fromEntries(Object.entries(values).map(([name, given]) => [name, readField(name, given, text)]))
}

const WORDS = ['activation', 'interpolation', 'embedding', 'aspect', 'cropStart', 'filter', 'resampler']

function readField(name: string, given: readonly string[], text: string): unknown {
  const many = name === 'mean' || name === 'std'
  if (given.length !== 1 && !many) throw malformed(text)
  if (WORDS.includes(name)) return given[0]
  if (name === 'grid') return readGrid(given[0]!, text)
  const numbers = given.map((value) => (value === '' ? NaN : Number(value)))
  if (!numbers.every(Number.isFinite)) throw malformed(text)
  return many ? numbers : numbers[0]
}

function readGrid(given: string, text: string): [number, number] {
  const [, rows, columns] = /^(\d+)x(\d+)$/.exec(given) ?? []
  if (rows === undefined) throw malformed(text)
  return [Number(rows), Number(columns)]
}

function malformed(text: string): DinokitError {
  return new DinokitError('invalid-option', `${JSON.stringify(text)} says no card.`, {
    given: text,
    expected: 'such as heads=16,interpolation=antialias,mean=0.485,0.456,0.406,std=0.229,0.224,0.225',
  })
}

function unknownField(name: string): DinokitError {
  return new DinokitError('invalid-option', `A card has no ${name} to be said.`, {
    given: name,
    expected: Object.keys(CARD_FIELDS).join(', '),
  })
}
