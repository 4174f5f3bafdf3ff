import { writeFile } from 'node:fs/promises'
import { compileAssembly, KERNELS } from './compile-assembly.ts'

for (const [name, folder] of Object.entries(KERNELS)) {
  await writeFile(new URL(`${name}-wasm.generated.ts`, folder), await compileAssembly(name as keyof typeof KERNELS))
}
