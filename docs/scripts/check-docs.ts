/** Checks of the guides: their code compiles and runs, their commands parse, the site builds, and its links lead somewhere. */
import { buildSite } from './build-site.ts'
import { checkCommands } from './check-commands.ts'
import { checkExamples } from './check-examples.ts'
import { checkLinks } from './check-links.ts'

const problems = [...checkExamples(), ...checkCommands()]
try {
  await buildSite()
  problems.push(...checkLinks())
} catch (error) {
  problems.push(`The site can't be built: ${error instanceof Error ? error.message : String(error)}`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
