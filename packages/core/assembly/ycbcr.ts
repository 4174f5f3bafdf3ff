// AssemblyScript, compiled to WebAssembly SIMD by scripts/build-wasm.ts. Integer sums as libjpeg's jdsample.c (fancy upsampling)
// and jdcolor.c have them, sixteen pixels at a time. Memory is laid out by src/ycbcr-to-rgb.ts.

const ROUND: i32 = 1 << 15

/** Writes red, green and blue of sixteen pixels in turns. */
// @ts-expect-error AssemblyScript decorator
@inline
function interleave(target: usize, red: v128, green: v128, blue: v128): void {
  v128.store(
    target,
    v128.or(
      v128.or(
        i8x16.swizzle(red, i8x16(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5)),
        i8x16.swizzle(green, i8x16(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1)),
      ),
      i8x16.swizzle(blue, i8x16(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1)),
    ),
  )
  v128.store(
    target,
    v128.or(
      v128.or(
        i8x16.swizzle(red, i8x16(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1)),
        i8x16.swizzle(green, i8x16(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10)),
      ),
      i8x16.swizzle(blue, i8x16(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1)),
    ),
    16,
  )
  v128.store(
    target,
    v128.or(
      v128.or(
        i8x16.swizzle(red, i8x16(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1)),
        i8x16.swizzle(green, i8x16(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1)),
      ),
      i8x16.swizzle(blue, i8x16(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15)),
    ),
    32,
  )
}

/** (product + a half) >> 16 of eight sums of two products each. */
// @ts-expect-error AssemblyScript decorator
@inline
function scaled(a: v128, b: v128, weights: v128): v128 {
  const low = i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), weights)
  const high = i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), weights)
  const round = i32x4.splat(ROUND)
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, round), 16), i32x4.shr_s(i32x4.add(high, round), 16))
}

/**
 * A row to [columns][3]. Up to 15 more pixels are read and written.
 *
 * 1.402 = 1 + 26345 / 2^16, 1.772 = 2 - 14942 / 2^16, .71414 = 1 - 18734 / 2^16 and .34414 = 22554 / 2^16, so that weights fit 16 bits.
 */
export function colors(luma: usize, blueness: usize, redness: usize, target: usize, columns: i32): void {
  const center = i16x8.splat(128)
  const zero = i16x8.splat(0)
  for (let x = 0; x < columns; x += 16) {
    const y = v128.load(luma)
    const cb = v128.load(blueness)
    const cr = v128.load(redness)
    const yLow = i16x8.extend_low_i8x16_u(y)
    const yHigh = i16x8.extend_high_i8x16_u(y)
    const cbLow = i16x8.sub(i16x8.extend_low_i8x16_u(cb), center)
    const cbHigh = i16x8.sub(i16x8.extend_high_i8x16_u(cb), center)
    const crLow = i16x8.sub(i16x8.extend_low_i8x16_u(cr), center)
    const crHigh = i16x8.sub(i16x8.extend_high_i8x16_u(cr), center)
    const forRed = i16x8(26345, 0, 26345, 0, 26345, 0, 26345, 0)
    const forGreen = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734)
    const forBlue = i16x8(-14942, 0, -14942, 0, -14942, 0, -14942, 0)
    const red = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(yLow, crLow), scaled(crLow, zero, forRed)),
      i16x8.add(i16x8.add(yHigh, crHigh), scaled(crHigh, zero, forRed)),
    )
    const green = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.sub(yLow, crLow), scaled(cbLow, crLow, forGreen)),
      i16x8.add(i16x8.sub(yHigh, crHigh), scaled(cbHigh, crHigh, forGreen)),
    )
    const blue = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(yLow, i16x8.shl(cbLow, 1)), scaled(cbLow, zero, forBlue)),
      i16x8.add(i16x8.add(yHigh, i16x8.shl(cbHigh, 1)), scaled(cbHigh, zero, forBlue)),
    )
    interleave(target, red, green, blue)
    luma += 16
    blueness += 16
    redness += 16
    target += 48
  }
}

/**
 * A row of chroma at twice its width, between two rows: three quarters of the nearer one and a quarter of the other, and the
 * same of columns. The sums of columns pass through `sums`: (length + 2) of 16 bits, and room for 8 more.
 */
export function doubled(near: usize, far: usize, sums: usize, target: usize, length: i32): void {
  const three = i16x8.splat(3)
  for (let k = 0; k < length; k += 16) {
    const a = v128.load(near + <usize>k)
    const b = v128.load(far + <usize>k)
    const to = sums + 2 + (<usize>k << 1)
    v128.store(to, i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(a), three), i16x8.extend_low_i8x16_u(b)))
    v128.store(to + 16, i16x8.add(i16x8.mul(i16x8.extend_high_i8x16_u(a), three), i16x8.extend_high_i8x16_u(b)))
  }
  store<u16>(sums, load<u16>(sums, 2))
  const last = sums + (<usize>length << 1)
  store<u16>(last, load<u16>(last), 2)
  for (let k = 0; k < length; k += 8) {
    const from = sums + (<usize>k << 1)
    const here = i16x8.mul(v128.load(from, 2), three)
    const even = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(from)), i16x8.splat(8)), 4)
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(from, 4)), i16x8.splat(7)), 4)
    // Each sixteen bits hold one byte: the even one below, the odd one above.
    v128.store(target + (<usize>k << 1), v128.or(even, i16x8.shl(odd, 8)))
  }
}
