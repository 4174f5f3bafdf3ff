import { assertNotNewer } from '../checks/assert-not-newer.ts'
import { assertFilter } from '../image/resample/assert-filter.ts'
import { DinokitError } from '../contract/dinokit-error.ts'
import { CARD_VERSION } from './model-card-text.ts'
import type { ModelCard } from './model-card.ts'

/** Rule for a value of a card: a test, which may look at the whole card, and the words for it. */
type Rule = readonly [holds: (value: unknown, card: ModelCard) => boolean, expected: string]

const TEXT: Rule = [(value) => typeof value === 'string', 'text']
const COUNT: Rule = [(value) => Number.isSafeInteger(value) && (value as number) > 0, 'a whole number of at least 1']
const COUNT_OR_NONE: Rule = [(value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number']
const POSITIVE: Rule = [(value) => Number.isFinite(value) && (value as number) > 0, 'a positive number']
const optional = ([holds, expected]: Rule): Rule => [(value, card) => value === undefined || holds(value, card), expected]
const oneOf = (...names: string[]): Rule => [(value) => names.includes(value as string), names.join(', ')]
const FINITE: Rule = [Number.isFinite, 'a number']
const several = (length: number, [holds]: Rule, expected: string): Rule => [
  (value, card) => Array.isArray(value) && value.length === length && value.every((item) => holds(item, card)),
  expected,
]
const perChannel = (rule: Rule): Rule => [
  (value, card) => several(card.architecture.channels ?? 3, rule, '')[0](value, card),
  `${rule[1]} for each channel`,
]

const EMBEDDINGS = ['class', 'mean', 'class-and-mean']

const RULES: Readonly<Record<string, Rule>> = {
  id: TEXT,
  description: TEXT,
  license: TEXT,
  origin: TEXT,
  parameters: COUNT_OR_NONE,
  interpolation: oneOf('offset', 'plain', 'antialias', 'rotary', 'rotary-bfloat16'),
  embedding: [
    (value, { architecture: { pooling, finalNorm = true } }) =>
      value === undefined ||
      value === (pooling === 'mean' ? 'mean' : 'class') ||
      (EMBEDDINGS.includes(value as string) && pooling !== 'mean' && finalNorm),
    'class, mean or class-and-mean; nothing or mean without a class token; nothing or class without a last LayerNorm',
  ],
  precision: optional(TEXT),
  'architecture.patch': COUNT,
  'architecture.channels': optional(COUNT),
  'architecture.dim': COUNT,
  'architecture.depth': COUNT,
  'architecture.heads': COUNT,
  'architecture.ffn': oneOf('mlp', 'swiglu'),
  'architecture.ffnHidden': COUNT,
  'architecture.registers': COUNT_OR_NONE,
  'architecture.positionGrid': [
    // Rotary positions have none.
    (value, card) => several(2, card.interpolation.startsWith('rotary') ? COUNT_OR_NONE : COUNT, '')[0](value, card),
    '[rows, columns]',
  ],
  'architecture.layerNormEps': POSITIVE,
  'architecture.finalNormEps': optional(POSITIVE),
  'architecture.finalNorm': optional([(value) => typeof value === 'boolean', 'true or false']),
  'architecture.pooling': optional(oneOf('cls', 'mean')),
  'architecture.activation': optional(oneOf('gelu', 'gelu_tanh', 'quick_gelu', 'silu', 'relu')),
  'preprocessing.shortest': COUNT,
  'preprocessing.crop': COUNT,
  'preprocessing.aspect': optional(oneOf('keep', 'squash')),
  'preprocessing.cropStart': optional(oneOf('even', 'floor')),
  'preprocessing.filter': oneOf('bilinear', 'bicubic', 'lanczos'),
  'preprocessing.resampler': optional(
    oneOf('pillow', 'torchvision', 'torchvision-float', 'torchvision-unrounded', 'opencv', 'opencv-twice'),
  ),
  'preprocessing.mean': perChannel(FINITE),
  'preprocessing.std': perChannel(POSITIVE),
}

/**
 * Reads a card that a file carries, of this version or an earlier one, and trusts nothing of it.
 *
 * @param text - JSON of a {@link ModelCard}, as `modelCardText` writes it or by hand
 * @param name - of the file, for messages
 * @throws DinokitError `model-unsupported` where it is no card: the field, what it is and what it should be;
 *   `contract-mismatch` where a newer dinokit wrote it
 */
export function parseModelCard(text: string, name: string): ModelCard {
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch (cause) {
    throw new DinokitError('model-unsupported', `The card of ${name} is not JSON.`, { given: text.slice(0, 80), cause })
  }
  const card = currentCard(written, name)
  for (const [path, [holds, expected]] of Object.entries(RULES)) {
    const value = path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | null | undefined)?.[key], card)
    if (!holds(value, card as ModelCard)) throw wrong(name, path, value, expected)
  }
  const { architecture, preprocessing } = card as ModelCard
  assertFilter(preprocessing)
  if (architecture.dim % architecture.heads !== 0)
    throw wrong(name, 'architecture.heads', architecture.heads, `a divisor of ${architecture.dim}`)
  return card as ModelCard
}

/** Converts a file's card to today's form: version 1 called the license `licence`. */
function currentCard(written: unknown, name: string): unknown {
  if (typeof written !== 'object' || written === null) return written
  const { version = 1, licence, ...card } = written as Readonly<Record<string, unknown>>
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw wrong(name, 'version', version, COUNT[1])
  assertNotNewer(`The card of ${name}`, version as number, CARD_VERSION)
  return licence === undefined || 'license' in card ? card : { ...card, license: licence }
}

function wrong(name: string, path: string, value: unknown, expected: string): DinokitError {
  return new DinokitError('model-unsupported', `The card of ${name} is not one that dinokit knows: ${path}.`, {
    given: JSON.stringify(value) ?? 'nothing',
    expected,
    hint: 'The file may be damaged, or of a newer version of dinokit.',
  })
}
