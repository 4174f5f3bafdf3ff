// AssemblyScript, compiled to WebAssembly SIMD by scripts/build-wasm.ts for src/vectors/, which lays out the
// memory.

/** Sum of the four lanes. */
// @ts-expect-error AssemblyScript decorator
@inline
function sumOf(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
}

/**
 * Products of all vectors of one set with all of another, [countA][countB]: four of the first with two of the second at a time.
 * countA is a multiple of 4, countB of 2, and dim of 4.
 */
export function products(a: usize, b: usize, out: usize, countA: i32, countB: i32, dim: i32): void {
  const stride = <usize>dim << 2
  const across = <usize>countB << 2
  for (let i = 0; i < countA; i += 4) {
    const first = a + <usize>i * stride
    const end = first + stride
    let target = out + <usize>i * across
    for (let j = 0; j < countB; j += 2) {
      let left = first
      let right = b + <usize>j * stride
      let s00 = f32x4.splat(0)
      let s01 = s00
      let s10 = s00
      let s11 = s00
      let s20 = s00
      let s21 = s00
      let s30 = s00
      let s31 = s00
      while (left < end) {
        const b0 = v128.load(right)
        const b1 = v128.load(right + stride)
        const a0 = v128.load(left)
        s00 = f32x4.add(s00, f32x4.mul(a0, b0))
        s01 = f32x4.add(s01, f32x4.mul(a0, b1))
        const a1 = v128.load(left + stride)
        s10 = f32x4.add(s10, f32x4.mul(a1, b0))
        s11 = f32x4.add(s11, f32x4.mul(a1, b1))
        const a2 = v128.load(left + stride * 2)
        s20 = f32x4.add(s20, f32x4.mul(a2, b0))
        s21 = f32x4.add(s21, f32x4.mul(a2, b1))
        const a3 = v128.load(left + stride * 3)
        s30 = f32x4.add(s30, f32x4.mul(a3, b0))
        s31 = f32x4.add(s31, f32x4.mul(a3, b1))
        left += 16
        right += 16
      }
      store<f32>(target, sumOf(s00))
      store<f32>(target + 4, sumOf(s01))
      store<f32>(target + across, sumOf(s10))
      store<f32>(target + across + 4, sumOf(s11))
      store<f32>(target + across * 2, sumOf(s20))
      store<f32>(target + across * 2 + 4, sumOf(s21))
      store<f32>(target + across * 3, sumOf(s30))
      store<f32>(target + across * 3 + 4, sumOf(s31))
      target += 8
    }
  }
}

/** Stores the pairs of a row whose lanes are at least its threshold. */
// @ts-expect-error AssemblyScript decorator
@inline
function storePairs(mask: i32, row: i32, column: i32, out: usize): usize {
  for (let lane = 0; lane < 8; lane++) {
    if (mask & (1 << lane)) {
      store<u32>(out, ((row << 16) | (column + lane)) as u32)
      out += 4
    }
  }
  return out
}

/**
 * Pairs of vectors whose product is at least the threshold of the first of them: `row << 16 | column` each, in no order that counts.
 * `a` is [countA][dim], `b` is [countB / 8][dim][8]; countA is a multiple of 4 and countB of 8, both at most 65,536.
 *
 * @returns their number
 */
export function pairsAbove(a: usize, b: usize, thresholds: usize, out: usize, countA: i32, countB: i32, dim: i32): i32 {
  const stride = <usize>dim << 2
  const begin = out
  for (let i = 0; i < countA; i += 4) {
    const first = a + <usize>i * stride
    const end = first + stride
    const t0 = v128.load32_splat(thresholds + (<usize>i << 2))
    const t1 = v128.load32_splat(thresholds + (<usize>i << 2) + 4)
    const t2 = v128.load32_splat(thresholds + (<usize>i << 2) + 8)
    const t3 = v128.load32_splat(thresholds + (<usize>i << 2) + 12)
    for (let j = 0; j < countB; j += 8) {
      let left = first
      let right = b + <usize>j * stride
      let s00 = f32x4.splat(0)
      let s01 = s00
      let s10 = s00
      let s11 = s00
      let s20 = s00
      let s21 = s00
      let s30 = s00
      let s31 = s00
      while (left < end) {
        const b0 = v128.load(right)
        const b1 = v128.load(right, 16)
        const a0 = v128.load32_splat(left)
        s00 = f32x4.add(s00, f32x4.mul(a0, b0))
        s01 = f32x4.add(s01, f32x4.mul(a0, b1))
        const a1 = v128.load32_splat(left + stride)
        s10 = f32x4.add(s10, f32x4.mul(a1, b0))
        s11 = f32x4.add(s11, f32x4.mul(a1, b1))
        const a2 = v128.load32_splat(left + stride * 2)
        s20 = f32x4.add(s20, f32x4.mul(a2, b0))
        s21 = f32x4.add(s21, f32x4.mul(a2, b1))
        const a3 = v128.load32_splat(left + stride * 3)
        s30 = f32x4.add(s30, f32x4.mul(a3, b0))
        s31 = f32x4.add(s31, f32x4.mul(a3, b1))
        left += 4
        right += 32
      }
      const g00 = f32x4.ge(s00, t0)
      const g01 = f32x4.ge(s01, t0)
      const g10 = f32x4.ge(s10, t1)
      const g11 = f32x4.ge(s11, t1)
      const g20 = f32x4.ge(s20, t2)
      const g21 = f32x4.ge(s21, t2)
      const g30 = f32x4.ge(s30, t3)
      const g31 = f32x4.ge(s31, t3)
      const any = v128.or(v128.or(v128.or(g00, g01), v128.or(g10, g11)), v128.or(v128.or(g20, g21), v128.or(g30, g31)))
      if (v128.any_true(any)) {
        out = storePairs(i32x4.bitmask(g00) | (i32x4.bitmask(g01) << 4), i, j, out)
        out = storePairs(i32x4.bitmask(g10) | (i32x4.bitmask(g11) << 4), i + 1, j, out)
        out = storePairs(i32x4.bitmask(g20) | (i32x4.bitmask(g21) << 4), i + 2, j, out)
        out = storePairs(i32x4.bitmask(g30) | (i32x4.bitmask(g31) << 4), i + 3, j, out)
      }
    }
  }
  return <i32>((out - begin) >> 2)
}
