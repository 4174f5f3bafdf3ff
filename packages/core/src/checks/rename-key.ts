/**
 * The same object, in the same order, with another name for one of its keys, where it has it: how files of earlier versions are
 * read.
 *
 * @param object - plain data
 * @param from - the key that it may have
 * @param to - what the key is called today
 */
export function renameKey<T extends object>(object: T, from: string, to: string): T {
  return Object.fromEntries(Object.entries(object).map(([key, value]: [string, unknown]) => [key === from ? to : key, value])) as T
}
