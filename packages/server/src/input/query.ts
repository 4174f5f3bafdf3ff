import { DinokitError, type InputSize } from '@dinokit/core'

/** Options of a request's query. */
export interface Query {
  /** Text of an option. */
  text(name: string): string | undefined
  /** Number of an option: whole, at least 1 and at most `most`. */
  count(name: string, most: number): number | undefined
  /** Number of an option, above 0. */
  number(name: string): number | undefined
  /** Number of an option, from 0 to 1. */
  share(name: string): number | undefined
  /** Whether an option is 1 or true; 0 and false are the default. */
  flag(name: string): boolean
  /** The model's input: a number, or WIDTHxHEIGHT. */
  size(mostPixels: number): InputSize | undefined
}

/**
 * Reads a query.
 *
 * @param params - of the address
 * @param known - names of options; others, and those given twice, are refused
 * @throws DinokitError `invalid-option`, also by its functions
 */
export function readQuery(params: URLSearchParams, known: readonly string[]): Query {
  for (const name of params.keys()) {
    if (!known.includes(name)) throw wrong(`There is no option ${name}.`, name, known.join(', ') || 'no option')
    if (params.getAll(name).length > 1) throw wrong(`The option ${name} is given twice.`, params.getAll(name).join(', '), 'one value')
  }
  const text = (name: string): string | undefined => params.get(name) ?? undefined
  const refuse = (name: string, expected: string): never => {
    throw wrong(`The option ${name} is ${text(name) || 'empty'}.`, text(name)!, expected)
  }
  return {
    text,
    count(name, most) {
      const value = text(name)
      if (value === undefined) return undefined
      return /^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= most
        ? Number(value)
        : refuse(name, `a whole number from 1 to ${most}`)
    },
    number(name) {
      const value = text(name)
      if (value === undefined) return undefined
      return /^\d+(\.\d+)?$/.test(value) && Number(value) > 0 ? Number(value) : refuse(name, 'a number above 0')
    },
    share(name) {
      const value = text(name)
      if (value === undefined) return undefined
      return /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(value) ? Number(value) : refuse(name, 'a number from 0 to 1')
    },
    flag(name) {
      const value = text(name)
      if (value === undefined || value === '0' || value === 'false') return false
      return value === '1' || value === 'true' || refuse(name, '1 or 0')
    },
    size(mostPixels) {
      const value = text('size')
      if (value === undefined) return undefined
      const match = /^([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(value)
      if (!match) return refuse('size', 'a number such as 448, or WIDTHxHEIGHT such as 448x336')
      const [width, height] = [Number(match[1]), Number(match[2] ?? match[1])]
      if (width * height > mostPixels) return refuse('size', `at most ${mostPixels} pixels`)
      return match[2] === undefined ? width : { width, height }
    },
  }
}

function wrong(message: string, given: string, expected: string): DinokitError {
  return new DinokitError('invalid-option', message, { given, expected, hint: '/openapi.json has all options.' })
}
