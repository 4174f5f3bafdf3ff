import { writeFile } from 'node:fs/promises'
import { compileResample } from './compile-resample.ts'

await writeFile(new URL('../src/lib/resample-wasm.generated.ts', import.meta.url), await compileResample())
