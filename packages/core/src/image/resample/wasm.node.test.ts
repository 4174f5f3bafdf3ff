import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { compileAssembly, KERNELS } from '../../../scripts/compile-assembly.ts'
import { RESAMPLE_WASM } from './resample-wasm.generated.ts'
import { YCBCR_WASM } from './ycbcr-wasm.generated.ts'

test.each([
  ['resample', RESAMPLE_WASM],
  ['ycbcr', YCBCR_WASM],
] as const)('compiles assembly/%s.ts to the committed kernels', async (name, committed) => {
  expect(await compileAssembly(name)).toContain(`'${committed}'`)
})

test('compiles assembly/products.ts to the kernel that the package of analysis has', async () => {
  const committed = await readFile(new URL('products-wasm.generated.ts', KERNELS.products), 'utf8')
  const [base64] = /'[\w+/=]{100,}'/.exec(committed)!
  expect(await compileAssembly('products')).toContain(base64)
})
