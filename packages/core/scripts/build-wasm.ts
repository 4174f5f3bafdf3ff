import { writeFile } from 'node:fs/promises'
import { compileAssembly, KERNELS } from './compile-assembly.ts'

for (const name of KERNELS) {
  await writeFile(new URL(`../src/image/resample/${name}-wasm.generated.ts`, import.meta.url), await compileAssembly(name))
}
