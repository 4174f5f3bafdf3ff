// AssemblyScript, compiled to WebAssembly SIMD by scripts/build-wasm.ts. The same sums as PLAIN_PASSES in
// src/lib/resample.ts, twelve or sixteen bytes at a time. Memory is laid out by src/lib/resample-kernels.ts.

const HALF: i32 = 1 << 21
const PRECISION: i32 = 22
/** Bits of the lower half of a weight. */
const HALF_BITS: i32 = 11

/** Four neighboring pixels: red, green and blue of the first two as pairs of 16 bits, and of the others. */
// @ts-expect-error AssemblyScript decorator
@inline
function firstPair(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1))
}

// @ts-expect-error AssemblyScript decorator
@inline
function secondPair(pixels: v128): v128 {
  return i8x16.swizzle(pixels, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1))
}

/** The sum of weights in two halves, as bytes. */
// @ts-expect-error AssemblyScript decorator
@inline
function storePixel(target: usize, high: v128, low: v128): void {
  const sum = i32x4.shr_s(i32x4.add(i32x4.shl(high, HALF_BITS), low), PRECISION)
  const value = i32x4.extract_lane(i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(sum, sum), sum), 0)
  store<u16>(target, <u16>value)
  store<u8>(target, <u8>(value >> 16), 2)
}

/**
 * [rows][sourceWidth][3] to [rows][width][3], two rows and four pixels at a time. A weight is `high << 11 | low`, so that each
 * half and a pixel are multiplied in 16 bits, two at once; of each four weights there are the lower halves, then the higher.
 * Up to 13 bytes beyond the source are read, and multiplied by 0.
 */
export function horizontal(source: usize, starts: usize, counts: usize, halves: usize, target: usize, sourceWidth: i32, rows: i32, width: i32, taps: i32): void {
  const stride = <usize>width * 3
  for (let y = 0; y < rows; y += 2) {
    const row = source + <usize>y * <usize>sourceWidth * 3
    // The last of an odd number is computed twice.
    const next: usize = y + 1 < rows ? 1 : 0
    for (let x = 0; x < width; x++) {
      let from = row + <usize>load<i32>(starts + (<usize>x << 2)) * 3
      let half = halves + <usize>x * <usize>taps * 4
      const end = half + (<usize>load<i32>(counts + (<usize>x << 2)) << 2)
      let high = i32x4.splat(0)
      let low = i32x4.splat(HALF)
      let nextHigh = high
      let nextLow = low
      while (half < end) {
        const lowFirst = v128.load32_splat(half)
        const lowSecond = v128.load32_splat(half, 4)
        const highFirst = v128.load32_splat(half, 8)
        const highSecond = v128.load32_splat(half, 12)
        let pixels = v128.load(from)
        let first = firstPair(pixels)
        let second = secondPair(pixels)
        low = i32x4.add(low, i32x4.add(i32x4.dot_i16x8_s(first, lowFirst), i32x4.dot_i16x8_s(second, lowSecond)))
        high = i32x4.add(high, i32x4.add(i32x4.dot_i16x8_s(first, highFirst), i32x4.dot_i16x8_s(second, highSecond)))
        pixels = v128.load(from + next * <usize>sourceWidth * 3)
        first = firstPair(pixels)
        second = secondPair(pixels)
        nextLow = i32x4.add(nextLow, i32x4.add(i32x4.dot_i16x8_s(first, lowFirst), i32x4.dot_i16x8_s(second, lowSecond)))
        nextHigh = i32x4.add(nextHigh, i32x4.add(i32x4.dot_i16x8_s(first, highFirst), i32x4.dot_i16x8_s(second, highSecond)))
        from += 12
        half += 16
      }
      storePixel(target, high, low)
      storePixel(target + next * stride, nextHigh, nextLow)
      target += 3
    }
    target += next * stride
  }
}

/** [source rows][stride] to [rows][stride], of bytes. */
export function vertical(source: usize, starts: usize, counts: usize, weights: usize, target: usize, stride: i32, rows: i32, taps: i32): void {
  for (let y = 0; y < rows; y++) {
    const first = source + <usize>load<i32>(starts + (<usize>y << 2)) * <usize>stride
    const weight = weights + <usize>y * <usize>taps * 4
    const count = load<i32>(counts + (<usize>y << 2))
    let i = 0
    for (; i + 16 <= stride; i += 16) {
      let a = i32x4.splat(HALF)
      let b = i32x4.splat(HALF)
      let c = i32x4.splat(HALF)
      let d = i32x4.splat(HALF)
      let from = first + <usize>i
      for (let tap = 0; tap < count; tap++) {
        const w = v128.load32_splat(weight + (<usize>tap << 2))
        const bytes = v128.load(from)
        const low = i16x8.extend_low_i8x16_u(bytes)
        const high = i16x8.extend_high_i8x16_u(bytes)
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), w))
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), w))
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), w))
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), w))
        from += <usize>stride
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, PRECISION), i32x4.shr_s(b, PRECISION))
      const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, PRECISION), i32x4.shr_s(d, PRECISION))
      v128.store(target + <usize>i, i8x16.narrow_i16x8_u(low, high))
    }
    for (; i < stride; i++) {
      let sum = HALF
      for (let tap = 0; tap < count; tap++) {
        sum += load<i32>(weight + (<usize>tap << 2)) * <i32>load<u8>(first + <usize>tap * <usize>stride + <usize>i)
      }
      sum >>= PRECISION
      store<u8>(target + <usize>i, <u8>max(0, min(255, sum)))
    }
    target += <usize>stride
  }
}
