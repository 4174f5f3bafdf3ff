import { DinokitError } from '@dinokit/core'
import { createAbortGroup, captureResult, unwrapResult, watchSilence, type AbortGroup, type WorkerResult } from '@dinokit/runtime-kit'
import { createStore, type Store, type StoreBackend, type StoreColumns, type StoreLayout } from '@dinokit/store'
import { releaseProxy, transfer, wrap, type Remote } from 'comlink'
import type { Method, StoreWorker } from './lib/store-worker.ts'

/** Options of {@link openWebStore}. */
export interface WebStoreOptions {
  /** Layout that the store must hold; where there is none, it is made. Without it, the store must be there. */
  readonly layout?: StoreLayout
  /** Whether the layout may be of another precision than the store, such as int8 for a store of float32. Default false. */
  readonly allowPrecision?: boolean
  /** One at a time writes, or several read. Default: `write` with a layout, `read` without. */
  readonly access?: 'read' | 'write'
}

/**
 * Opens a store that the browser keeps for this site, in a worker of its own: numbers in the origin's private file system,
 * labels and the like in IndexedDB. Search is exact. A tab that is closed or dies holds nothing. A store of an earlier
 * version is read as it is, and migrated when it is opened for writing.
 *
 * @param name - of the store
 * @param options - layout, access
 * @throws DinokitError `file-not-found` where there is none, `store-locked` where another tab has it, `store-invalid`,
 *   `contract-mismatch`, `fingerprint-mismatch`, `invalid-option`, `file-unwritable` where the browser keeps nothing
 */
export async function openWebStore(
  name: string,
  { layout: wanted, access = wanted ? 'write' : 'read', allowPrecision = false }: WebStoreOptions = {},
): Promise<Store> {
  const worker = new Worker(new URL('./lib/store-worker.ts', import.meta.url), { type: 'module', name: 'dinokit-store' })
  const remote = wrap<StoreWorker>(worker)
  const abortGroup = abortGroupOf(worker, remote)
  const answer = async <T>(outcome: Promise<WorkerResult<T>>): Promise<T> => unwrapResult(await abortGroup.race(outcome))
  const end = (): void => {
    remote[releaseProxy]()
    worker.terminate()
  }
  try {
    const layout = await answer(remote.open(name, { access, allowPrecision, ...(wanted && { layout: wanted }) }))
    const call = <Name extends Method>(method: Name, ...args: Parameters<StoreBackend[Name]>): ReturnType<StoreBackend[Name]> =>
      answer(remote.call(method, args)) as ReturnType<StoreBackend[Name]>
    return createStore({
      name,
      layout,
      writable: access === 'write',
      indexes: ['flat'],
      count: (filter) => call('count', filter),
      positions: (filter) => call('positions', filter),
      find: (ids) => call('find', ids),
      read: (positions, fields, tensors) => call('read', positions, fields, tensors),
      write: (columns) => call('write', transfer(columns, buffersOf(columns))),
      relabel: (changes) => call('relabel', changes),
      remove: (positions) => call('remove', positions),
      refresh: () => call('refresh'),
      nearest: (queries, options) => call('nearest', queries, options),
      optimize: (options) => call('optimize', options),
      searchIndex: (filter) => call('searchIndex', filter),
      async close() {
        await captureResult(() => call('close'))
        end()
      },
    })
  } catch (error) {
    end()
    throw error
  }
}

function buffersOf({ tensors }: StoreColumns): ArrayBuffer[] {
  return Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer)
}

/** Seconds for the worker's file to come and run. */
const ANSWER_SECONDS = 30

/** Rejects when the worker does not answer, or dies; calls under way would wait forever. */
function abortGroupOf(worker: Worker, remote: Remote<StoreWorker>): AbortGroup {
  const abortGroup = createAbortGroup()
  const die = (given: string): void =>
    abortGroup.fail(
      new DinokitError('file-unwritable', 'The store’s worker could not be started, or died.', {
        given,
        hint: 'Serve the worker’s file from the page’s own origin; its content-security-policy must allow worker-src.',
      }),
    )
  const silence = watchSilence(ANSWER_SECONDS, () => die(`no answer within ${ANSWER_SECONDS} s`))
  void remote.hello().then(() => silence.end())
  worker.addEventListener('error', (event) => {
    event.preventDefault()
    silence.end()
    die(event.message || 'its file could not be loaded')
  })
  return abortGroup
}
