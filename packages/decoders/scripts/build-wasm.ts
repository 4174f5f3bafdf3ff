import { writeFile } from 'node:fs/promises'
import { embedWasm, EMBEDDED } from './embed-wasm.ts'

for (const name of EMBEDDED) await writeFile(new URL(`../src/lib/${name}-wasm.generated.ts`, import.meta.url), await embedWasm(name))
