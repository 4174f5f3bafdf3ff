import { stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { glob } from 'tinyglobby'

/** A picture that the user named, directly or by its folder. */
export interface Input {
  /** A path or an address. */
  readonly source: string
  /** Its path below the folder that was named; its file name where it was named itself. */
  readonly relative: string
}

const EXTENSIONS = ['jpg', 'jpeg', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff']

/**
 * The pictures that arguments mean: files and addresses as they are, folders and globs as the pictures in them, sorted.
 * What is not there stays in the list, to be reported with its name.
 */
export async function expandInputs(named: readonly string[], recursive: boolean): Promise<Input[]> {
  const inputs: Input[] = []
  for (const name of named) {
    if (/^(https?|data):/i.test(name)) {
      inputs.push({ source: name, relative: name.startsWith('data:') ? 'picture' : basename(new URL(name).pathname) || 'picture' })
      continue
    }
    const stats = await stat(name).catch(() => undefined)
    if (stats?.isDirectory()) inputs.push(...(await picturesIn(name, recursive)))
    else if (stats || !/[*?[\]{}]/.test(name)) inputs.push({ source: name, relative: basename(name) })
    else {
      const found = await glob(toGlob(name), { onlyFiles: true, expandDirectories: false, caseSensitiveMatch: true })
      inputs.push(
        ...(found.length > 0
          ? found.sort().map((source) => ({ source, relative: basename(source) }))
          : [{ source: name, relative: basename(name) }]),
      )
    }
  }
  return inputs
}

async function picturesIn(folder: string, recursive: boolean): Promise<Input[]> {
  const pattern = `${recursive ? '**/' : ''}*.{${EXTENSIONS.join(',')}}`
  const found = await glob(pattern, { cwd: folder, onlyFiles: true, caseSensitiveMatch: false })
  return found.sort().map((file) => ({ source: join(folder, file), relative: relative(folder, join(folder, file)) }))
}

function toGlob(name: string): string {
  return sep === '\\' ? name.replaceAll('\\', '/') : name
}
