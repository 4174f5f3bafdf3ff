import { expect, test } from 'vitest'
import { compileAssembly } from '../../../scripts/compile-assembly.ts'
import { PRODUCTS_WASM } from '../../vectors/products-wasm.generated.ts'
import { RESAMPLE_WASM } from './resample-wasm.generated.ts'
import { YCBCR_WASM } from './ycbcr-wasm.generated.ts'

test.each([
  ['products', PRODUCTS_WASM],
  ['resample', RESAMPLE_WASM],
  ['ycbcr', YCBCR_WASM],
] as const)('compiles assembly/%s.ts to the committed kernels', async (name, committed) => {
  expect(await compileAssembly(name)).toContain(`'${committed}'`)
})
