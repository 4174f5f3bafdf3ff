import { writeFile } from 'node:fs/promises'
import { composePage } from './compose-page.ts'

await writeFile(new URL('../src/map/map-page.generated.ts', import.meta.url), await composePage())
