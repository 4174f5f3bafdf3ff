import { writeSafetensors } from '@dinokit/checkpoint'
import { tokenFile, tokenTensors } from '@dinokit/checkpoint/tokens'
import { DinokitError, type AnyTensor, type Fingerprint, type Placement, type Tokens } from '@dinokit/core'
import { readQuery } from '../input/query.ts'
import { chooseFormat, json, type Answer, type Plan } from './answer.ts'

/** Tensor in an answer of JSON: row-major, as in a `Tensor` of the library. */
export interface JsonTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Answer of `/embed` in JSON. */
export interface EmbedAnswer {
  readonly model: string
  readonly fingerprint: Fingerprint
  /** Place of the model's input in the image. */
  readonly placement: Placement
  /** Those that were asked for, by the names of token files: `cls`, `patches`, `layer3.cls`. */
  readonly tensors: Readonly<Record<string, JsonTensor>>
}

/** Names that a token file may have. */
const OUTPUT = /^(?:cls|registers|patches|embedding|(?:layer|raw)\d+\.(?:cls|registers|patches)|(?:attention|query|key|value)\d+)$/

/** Digits that tell every float32 from its neighbors. */
const DIGITS = 9

/** Answers `/embed`: the tensors that the query names, as JSON or as a safetensors file; without names the whole token file. */
export const planEmbed: Plan = ({ queue, limits }, { params, accept }) => {
  const query = readQuery(params, ['outputs', 'size'])
  const format = chooseFormat(accept, ['application/json', 'application/safetensors'])
  const size = query.size(limits.inputPixels)
  const outputs = outputsOf(query.text('outputs'))
  return async (image, signal) => {
    const tokens = await queue.tokens({ image, ...(size !== undefined && { size }) }, signal)
    if (format === 'application/json') return jsonOf(tokens, chosenTensors(tokens, outputs ?? ['embedding']), limits.jsonNumbers)
    const file = outputs ? writeSafetensors(chosenTensors(tokens, outputs), metadataOf(tokens)) : tokenFile(tokens)
    return { type: format, body: file }
  }
}

/** The metadata that a token file has, too. */
function metadataOf({ fingerprint, placement }: Tokens): Record<string, string> {
  return { model: fingerprint.model, fingerprint: JSON.stringify(fingerprint), placement: JSON.stringify(placement) }
}

function outputsOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',')
  const wrong = names?.find((name) => !OUTPUT.test(name))
  if (wrong === undefined) return names && [...new Set(names)]
  throw new DinokitError('invalid-option', `There is no output ${wrong || 'without a name'}.`, {
    given: wrong,
    expected: 'embedding, cls, registers, patches, layer3.cls, attention12 and the like, separated by commas',
  })
}

function chosenTensors(tokens: Tokens, names: readonly string[]): Record<string, AnyTensor> {
  const there: Record<string, AnyTensor> = { embedding: tokens.embedding, ...tokenTensors(tokens) }
  return Object.fromEntries(
    names.map((name) => {
      if (there[name]) return [name, there[name]]
      throw new DinokitError('output-unavailable', `This server does not give ${name}.`, {
        given: name,
        expected: Object.keys(there).join(', '),
        hint: 'Layers and attention are chosen when a server starts: dinokit serve --layers 3,6 --attention 12.',
      })
    }),
  )
}

function jsonOf({ fingerprint, placement }: Tokens, tensors: Readonly<Record<string, AnyTensor>>, most: number): Answer {
  const numbers = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
  if (numbers > most) {
    throw new DinokitError('invalid-option', 'So many numbers are not given as JSON.', {
      given: `${numbers} numbers`,
      expected: `at most ${most}`,
      hint: 'Ask for Accept: application/safetensors, or for fewer outputs.',
    })
  }
  const shown = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, JsonTensor] => [
    name,
    { dtype, shape, data: Array.from(data as ArrayLike<number>, (value) => Number(value.toPrecision(DIGITS))) },
  ])
  const answer: EmbedAnswer = { model: fingerprint.model, fingerprint, placement, tensors: Object.fromEntries(shown) }
  return json(answer)
}
