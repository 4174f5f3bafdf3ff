import { op, type Code, type LocalType, type WasmFunction } from './wasm-module.ts'

/** Address of the constants that kernels read: loading one is faster than making it. */
export const CONSTANTS_AT = 4096

/** Tools that kernels are written with. */
export interface Arithmetic {
  /** Whether relaxed instructions are used. */
  readonly relaxed: boolean
  /** a b + c. */
  readonly multiplyAdd: (a: Code, b: Code, c: Code) => Code
  /** A number, four times. */
  readonly constant: (value: number) => Code
  /** Two whole numbers of 16 bits that are the same and not negative, four times. */
  readonly shorts: (value: number) => Code
  /** c0 + c1 x + c2 x^2 and so on. */
  readonly polynomial: (x: Code, coefficients: readonly number[]) => Code
  /** Makes `to` the exponential of what is in `x`, at most 88, by way of `whole`. */
  readonly exponential: (to: number, x: Code, whole: number) => Code
  /** Makes a function. */
  readonly write: (name: string, parameters: number, body: (local: (type: LocalType) => number) => Code) => WasmFunction
  /** Constants so far, to be written at {@link CONSTANTS_AT} four times each. */
  readonly constants: readonly number[]
}

/** Exponential between -ln 2 / 2 and ln 2 / 2: minimax, 2e-9 off. */
const POWER = [
  1.000000000554189, 1.0000000363230988, 0.49999992079495326, 0.16666420170183488, 0.04166822564179412, 0.008374815782085585,
  0.0013836841949849544,
]
/** The natural logarithm of 2 in two parts, the first of 16 bits: its products with small whole numbers are exact. */
const [LN2_HIGH, LN2_LOW] = [0.693145751953125, 1.4286068202862268e-6]
/** Added to a number below 2^22, it leaves the nearest whole number, of two the even one, in the last bits. */
export const ROUNDER = 1.5 * 2 ** 23
/** The exponential of less is taken for that of this. */
const LEAST = -87
/** Largest number whose exponential is right. */
export const MOST = 88

/**
 * Starts writing kernels.
 *
 * @param relaxed - whether products and sums may be rounded at once
 */
export function createArithmetic(relaxed: boolean): Arithmetic {
  const constants: number[] = []
  const constant = (value: number): Code => {
    const known = constants.indexOf(value)
    return op.load(op.integer(0), CONSTANTS_AT + 16 * (known < 0 ? constants.push(value) - 1 : known))
  }
  const multiplyAdd = (a: Code, b: Code, c: Code): Code => (relaxed ? op.relaxedMultiplyAdd(a, b, c) : op.add(op.multiply(a, b), c))
  const polynomial = (x: Code, coefficients: readonly number[]): Code =>
    coefficients.slice(0, -1).reduceRight((sum, value) => multiplyAdd(sum, x, constant(value)), constant(coefficients.at(-1)!))
  return {
    relaxed,
    constants,
    constant,
    shorts: (value) => constant(new Float32Array(Int32Array.of(value * 65_537).buffer)[0]!),
    multiplyAdd,
    polynomial,
    exponential: (to, x, whole) => [
      // x = whole ln 2 + rest
      ...op.set(to, op.larger(x, constant(LEAST))),
      ...op.set(whole, op.add(op.multiply(op.get(to), constant(Math.LOG2E)), constant(ROUNDER))),
      ...op.set(to, multiplyAdd(op.subtract(op.get(whole), constant(ROUNDER)), constant(-LN2_HIGH), op.get(to))),
      ...op.set(to, multiplyAdd(op.subtract(op.get(whole), constant(ROUNDER)), constant(-LN2_LOW), op.get(to))),
      ...op.set(to, op.addIntegers(polynomial(op.get(to), POWER), op.shiftLeft(op.get(whole), 23))),
    ],
    write(name, parameters, body) {
      const locals: LocalType[] = []
      const code = body((type) => parameters + locals.push(type) - 1)
      return { name, parameters, locals, body: code }
    },
  }
}
