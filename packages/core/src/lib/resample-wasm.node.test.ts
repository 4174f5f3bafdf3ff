import { expect, test } from 'vitest'
import { compileResample } from '../../scripts/compile-resample.ts'
import { RESAMPLE_WASM } from './resample-wasm.generated.ts'

test('the committed kernels are what their source compiles to', async () => {
  expect(await compileResample()).toContain(`'${RESAMPLE_WASM}'`)
})
