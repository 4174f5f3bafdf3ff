import { readdir, readFile } from 'node:fs/promises'

/**
 * Memory of a program and all that it started, as Linux counts it: what processes share is counted once (PSS).
 *
 * @param first - number of the first process, or text that its command line alone has, such as the folder of a browser's profile
 * @returns bytes
 */
export async function processMemory(first: number | string): Promise<number> {
  const read = (id: string, file: string): Promise<string> => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const processes = await Promise.all(
    ids.map(async (id) => ({
      id,
      parent: / [A-Z] (\d+) /.exec((await read(id, 'stat')).replace(/^.*\)/, ''))?.[1],
      marked: typeof first === 'number' ? id === String(first) : (await read(id, 'cmdline')).includes(first),
    })),
  )
  const found = new Set(processes.filter(({ marked }) => marked).map(({ id }) => id))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { id, parent } of processes) if (parent !== undefined && found.has(parent)) found.add(id)
  }
  const sizes = await Promise.all([...found].map(async (id) => Number(/^Pss:\s+(\d+) kB/m.exec(await read(id, 'smaps_rollup'))?.[1] ?? 0)))
  return 1024 * sizes.reduce((sum, size) => sum + size, 0)
}
