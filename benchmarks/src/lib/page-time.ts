import { readdir } from 'node:fs/promises'
import { processTree, readProcess } from '../processes/process-memory.ts'

/**
 * Time that the processor spent on a browser's pages, as Linux counts it: what other programs take is not in it.
 *
 * @param browser - its process, as for `processTree`
 * @param all - whether all threads count, and not the pages' own alone
 * @returns milliseconds, or undefined where the system does not say
 */
export async function pageTime(browser: number | string, all: boolean): Promise<number | undefined> {
  let nanoseconds = 0
  for (const id of await processTree(browser).catch(() => [])) {
    if (!(await readProcess(id, 'cmdline')).includes('--type=renderer')) continue
    for (const task of all ? await readdir(`/proc/${id}/task`).catch(() => []) : [id])
      nanoseconds += Number((await readProcess(id, `task/${task}/schedstat`)).split(' ')[0])
  }
  return nanoseconds > 0 ? nanoseconds / 1e6 : undefined
}
