// AssemblyScript, compiled to WebAssembly SIMD by scripts/build-wasm.ts. The same sums as PLAIN_PASSES in
// src/lib/resample.ts, three or sixteen at a time. Memory is laid out by src/lib/resample-kernels.ts.

const HALF: i32 = 1 << 21
const PRECISION: i32 = 22

// @ts-expect-error AssemblyScript decorator
@inline
function pixel(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
}

/** [rows][sourceWidth][3] to [rows][width][3]. One byte beyond the source is read, and never used. */
export function horizontal(source: usize, starts: usize, counts: usize, weights: usize, target: usize, sourceWidth: i32, rows: i32, width: i32, taps: i32): void {
  for (let y = 0; y < rows; y++) {
    const row = source + <usize>y * <usize>sourceWidth * 3
    for (let x = 0; x < width; x++) {
      let from = row + <usize>load<i32>(starts + (<usize>x << 2)) * 3
      let weight = weights + <usize>x * <usize>taps * 4
      const end = weight + (<usize>load<i32>(counts + (<usize>x << 2)) << 2)
      let a = i32x4.splat(HALF)
      let b = i32x4.splat(0)
      while (weight + 8 <= end) {
        a = i32x4.add(a, i32x4.mul(pixel(from), v128.load32_splat(weight)))
        b = i32x4.add(b, i32x4.mul(pixel(from + 3), v128.load32_splat(weight + 4)))
        from += 6
        weight += 8
      }
      if (weight < end) a = i32x4.add(a, i32x4.mul(pixel(from), v128.load32_splat(weight)))
      const sum = i32x4.shr_s(i32x4.add(a, b), PRECISION)
      const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(sum, sum), sum)
      const value = i32x4.extract_lane(bytes, 0)
      store<u16>(target, <u16>value)
      store<u8>(target, <u8>(value >> 16), 2)
      target += 3
    }
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
