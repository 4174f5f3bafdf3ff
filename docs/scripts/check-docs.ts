/** What must hold of the guides: their code compiles and runs, the site builds, and its links lead somewhere. */
import { buildSite } from './build-site.ts'
import { checkExamples } from './check-examples.ts'
import { checkLinks } from './check-links.ts'

const problems = checkExamples()
await buildSite()
problems.push(...(await checkLinks()))
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
