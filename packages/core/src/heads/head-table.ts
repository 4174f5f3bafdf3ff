import { DinokitError } from '../contract/dinokit-error.ts'
import type { Head, HeadHost } from '../contract/head.ts'
import { openHead, type OpenHead } from './open-head.ts'

/** The open heads of a vision by name. */
export interface HeadTable {
  readonly open: ReadonlyMap<string, OpenHead>
  /** Opens heads, all or none, without adding them yet. */
  attach(heads: Readonly<Record<string, Head>>, options: Pick<HeadHost, 'signal' | 'onProgress'>): Promise<[string, OpenHead][]>
  add(opened: readonly [string, OpenHead][]): void
  remove(names: readonly string[]): Promise<void>
  dispose(): Promise<void>
}

/**
 * Makes an empty table.
 *
 * @param host - what heads are attached to
 */
export function createHeadTable(host: HeadHost): HeadTable {
  const table = new Map<string, OpenHead>()
  const disposeAll = async (heads: Iterable<OpenHead>): Promise<void> => {
    const results = await Promise.allSettled([...heads].map((head) => head.dispose()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
  return {
    open: table,
    async attach(heads, options) {
      const opened: [string, OpenHead][] = []
      try {
        for (const [name, head] of Object.entries(heads)) {
          if (table.has(name)) {
            throw new DinokitError('invalid-option', `There is a head ${name} already.`, {
              given: name,
              hint: 'Remove it first, or take another name.',
            })
          }
          opened.push([name, await openHead(head, { ...host, ...options })])
        }
      } catch (error) {
        await disposeAll(opened.map(([, head]) => head)).catch(() => {})
        throw error
      }
      return opened
    },
    add(opened) {
      for (const [name, head] of opened) table.set(name, head)
    },
    async remove(names) {
      const heads = names.map((name) => {
        const head = table.get(name)
        if (head) return head
        throw new DinokitError('invalid-option', `There is no head ${name}.`, {
          given: name,
          expected: [...table.keys()].join(', ') || 'none: it has no heads',
        })
      })
      for (const name of names) table.delete(name)
      await disposeAll(heads)
    },
    async dispose() {
      const heads = [...table.values()]
      table.clear()
      await disposeAll(heads)
    },
  }
}
