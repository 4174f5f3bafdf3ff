/**
 * Converts 16-bit floats (IEEE 754 binary16) to float32, exactly.
 *
 * @param bits - raw 16-bit floats
 */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const table = (halves ??= makeHalves())
  const result = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) result[i] = table[bits[i]!]!
  return result
}

/**
 * Converts float32 to 16-bit floats (IEEE 754 binary16), to the nearest, ties to even; beyond 65,504 to infinity.
 *
 * @param values - to convert
 * @returns raw 16-bit floats
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(source.length)
  for (let i = 0; i < source.length; i++) result[i] = halfOf(source[i]!)
  return result
}

/** The float32 of each of the 65,536 halves: 256 KiB, made when first needed. */
let halves: Float32Array | undefined

function makeHalves(): Float32Array {
  return Float32Array.from({ length: 65_536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 255
  const fraction = bits & 0x7fffff
  if (exponent === 255) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  const shift = exponent < 113 ? Math.min(126 - exponent, 25) : 13
  const whole = exponent < 113 ? (exponent === 0 ? fraction : fraction | 0x800000) : ((exponent - 112) << 23) | fraction
  const half = whole >>> shift
  const rest = whole & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  const rounded = half + (rest > middle || (rest === middle && half & 1) ? 1 : 0)
  return sign | Math.min(rounded, 0x7c00)
}

/**
 * Converts bfloat16 (the upper half of a float32) to float32, exactly.
 *
 * @param bits - raw bfloat16
 */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer)
}

/**
 * Rounds to bfloat16, the upper half of a float32: to nearest, ties to even.
 *
 * @param values - to be rounded
 * @returns as float32
 */
export function toBfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const rounded = bits.map((each) => (each + 0x7fff + ((each >>> 16) & 1)) & 0xffff0000)
  return new Float32Array(rounded.buffer)
}
