/**
 * Writes the API reference, api/PACKAGE.md for each published package, by TypeDoc from the docstrings of what the package's
 * index names.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Comment, type ProjectReflection, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { publicPackages, type Manifest } from '../../scripts/public-packages.ts'

const OUT = 'docs/api'

type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>

/** A module that users import: `@dinokit/core`, or a subpath such as `@dinokit/train/stored`. */
interface ApiModule {
  readonly name: string
  /** Its index, relative to the root. */
  readonly file: string
  /** One line, from package.json. */
  readonly description: string
}

/** The modules whose names a package's `exports` promise: its indexes. Entries that are workers' files have no API. */
function apiModules(): ApiModule[] {
  const modules = publicPackages().flatMap(({ folder, manifest }) => {
    const { exports, description } = manifest as Manifest & { exports: Exports; description: string }
    return Object.entries(exports)
      .map(([path, target]) => ({ path, target: typeof target === 'string' ? target : target.default! }))
      .filter(({ target }) => target.endsWith('/index.ts') && !target.includes('/testing/'))
      .map(({ path, target }) => ({ name: join(manifest.name, path), file: join(folder, target), description }))
  })
  // One file may have two names (`dinokit` and `dinokit/node`): the first is the one that people write.
  return modules.filter(({ file }, index) => modules.findIndex((other) => other.file === file) === index)
}

const OPTIONS: Partial<TypeDocOptions> & PluginOptions = {
  tsconfig: 'tsconfig.json',
  skipErrorChecking: true,
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: OUT }],
  readme: 'none',
  excludeInternal: true,
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: 'https://github.com/dinokit/dinokit/blob/main/{path}#L{line}',
  router: 'module',
  excludeScopesInPaths: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: { hideModifiers: true, hideSources: true },
  displayBasePath: '.',
  sanitizeComments: true,
  useCustomAnchors: true,
  entryFileName: 'index',
  name: 'API reference',
}

/** Gives each module the name that users import it by, and its package's line. */
function nameModules(project: ProjectReflection, modules: readonly ApiModule[]): void {
  for (const reflection of project.children ?? []) {
    const module = modules.find(({ file }) => reflection.sources?.[0]?.fullFileName.endsWith(`/${file}`))
    if (!module) throw new Error(`TypeDoc made a module ${reflection.name}, which no package's exports name.`)
    reflection.name = module.name
    reflection.comment ??= new Comment([{ kind: 'text', text: module.description }])
  }
}

/**
 * Writes the reference.
 *
 * @throws Error where TypeDoc can't read the packages
 */
export async function buildApi(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true })
  const modules = apiModules()
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, entryPoints: modules.map(({ file }) => file) })
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the packages: its messages are above.')
  nameModules(project, modules)
  app.validate(project)
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('TypeDoc could not write the reference: its messages are above.')
}
