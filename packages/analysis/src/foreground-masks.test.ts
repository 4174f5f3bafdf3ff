import { tensor, type Tensor } from '@dinokit/core'
import { describe, expect, test } from 'vitest'
import { fitPca } from '@dinokit/core/vectors'
import { foregroundMasks, maskedTokens } from './foreground-masks.ts'
import { pcaColors } from './pca-colors.ts'

/** A grid whose marked patches differ from the others along one axis, with a little noise on the others. */
function grid(image: string, sign: 1 | -1): Tensor {
  const rows = image.trim().split(/\s+/)
  const values = rows.flatMap((row, y) =>
    Array.from(row).flatMap((patch, x) => [patch === '#' ? 8 * sign : -8 * sign, Math.sin(y * 9 + x), Math.cos(x * 5 + y)]),
  )
  return tensor('float32', Float32Array.from(values), [rows.length, rows[0]!.length, 3])
}

const shown = ({ data, shape }: Tensor<'bool'>): string =>
  Array.from({ length: shape[0]! }, (_, row) =>
    [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)].map((set) => (set ? '#' : '.')).join(''),
  ).join(' ')

describe('foregroundMasks', () => {
  test.each([1, -1] as const)('finds what is not at the border, whichever way the component points (%i)', (sign) => {
    const images = ['..... .###. .###. ..#.. .....', '.... .#.. .##. ....']
    const grids = images.map((image) => grid(image, sign))
    expect(foregroundMasks(fitPca(grids), grids).map(shown)).toEqual(images)
  })

  test('says that nothing stands out where all patches are alike', () => {
    const flat = tensor('float32', new Float32Array(4 * 4 * 3).fill(1), [4, 4, 3])
    expect(shown(foregroundMasks(fitPca([flat]), [flat])[0]!)).toBe('.... .... .... ....')
  })
})

test('takes the chosen patches’ tokens', () => {
  const tokens = tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2])
  expect(maskedTokens(tokens, tensor('bool', Uint8Array.of(0, 1, 1, 0), [2, 2]))).toEqual(
    tensor('float32', Float32Array.of(3, 4, 5, 6), [2, 2]),
  )
  expect(() => maskedTokens(tokens, tensor('bool', Uint8Array.of(1), [1, 1]))).toThrow(expect.objectContaining({ code: 'tensor-invalid' }))
})

test('gives the contrast of colors to the patches of the masks', () => {
  const grids = [grid('..... .###. .###. ..#.. .....', 1)]
  const basis = fitPca(grids)
  const inside = foregroundMasks(basis, grids)
  const range = (masks?: readonly Tensor<'bool'>[]): number => {
    const reds = [...pcaColors(basis, grids, masks)[0]!.data].filter((_, i) => i % 3 === 1 && inside[0]!.data[Math.floor(i / 3)])
    return Math.max(...reds) - Math.min(...reds)
  }
  expect(range(inside)).toBe(255)
  expect(range()).toBeLessThan(255)
})
