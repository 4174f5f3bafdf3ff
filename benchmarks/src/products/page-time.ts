import { readdir, readFile } from 'node:fs/promises'

/**
 * Time that the processor spent on a browser's pages, as Linux counts it: what other programs take is not in it.
 *
 * @param browser - number of the browser's process
 * @param all - whether all threads count, and not the pages' own alone
 * @returns milliseconds, or undefined where the system does not say
 */
export async function pageTime(browser: number, all: boolean): Promise<number | undefined> {
  const read = (id: string, file: string): Promise<string> => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const parents = new Map<string, string | undefined>()
  for (const id of ids) parents.set(id, / [A-Z] (\d+) /.exec((await read(id, 'stat')).replace(/^.*\)/, ''))?.[1])
  const isOfBrowser = (id: string | undefined): boolean => id === String(browser) || (id !== undefined && isOfBrowser(parents.get(id)))
  let nanoseconds = 0
  for (const id of ids) {
    if (!isOfBrowser(id) || !(await read(id, 'cmdline')).includes('--type=renderer')) continue
    for (const task of all ? await readdir(`/proc/${id}/task`).catch(() => []) : [id])
      nanoseconds += Number((await read(id, `task/${task}/schedstat`)).split(' ')[0])
  }
  return nanoseconds > 0 ? nanoseconds / 1e6 : undefined
}
