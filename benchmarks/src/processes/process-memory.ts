import { readdir, readFile } from 'node:fs/promises'

/**
 * Reads a file that Linux keeps of a process.
 *
 * @param id - of the process
 * @param file - of its folder
 * @returns its text, empty where it can't be read
 */
export const readProcess = (id: string, file: string): Promise<string> => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')

/**
 * Finds the processes of a program and of all that it started.
 *
 * @param first - number of the first process, or text that its command line alone has, such as the folder of a browser's profile
 * @returns their numbers
 */
export async function processTree(first: number | string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const processes = await Promise.all(
    ids.map(async (id) => ({
      id,
      parent: / [A-Z] (\d+) /.exec((await readProcess(id, 'stat')).replace(/^.*\)/, ''))?.[1],
      marked: typeof first === 'number' ? id === String(first) : (await readProcess(id, 'cmdline')).includes(first),
    })),
  )
  const found = new Set(processes.filter(({ marked }) => marked).map(({ id }) => id))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { id, parent } of processes) if (parent !== undefined && found.has(parent)) found.add(id)
  }
  return [...found]
}

/**
 * Memory of a program and all that it started, as Linux counts it: what processes share is counted once (PSS).
 *
 * @param first - as for {@link processTree}
 * @returns bytes
 */
export async function processMemory(first: number | string): Promise<number> {
  const ids = await processTree(first)
  const sizes = await Promise.all(ids.map(async (id) => Number(/^Pss:\s+(\d+) kB/m.exec(await readProcess(id, 'smaps_rollup'))?.[1] ?? 0)))
  return 1024 * sizes.reduce((sum, size) => sum + size, 0)
}
