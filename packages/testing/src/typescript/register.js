// Lets programs and threads of tests start from TypeScript sources: `node --import REGISTER program.ts`.
import { register } from 'node:module'

register('./load.js', import.meta.url)
