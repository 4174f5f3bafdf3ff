// The worker that a store lives in: its files are read and written in step, which only workers may, and searching would
// freeze a page.
import { captureResult, type WorkerResult } from '@dinokit/runtime-kit'
import type { StoreBackend, StoreLayout } from '@dinokit/store'
import { expose, transfer } from 'comlink'
import { createOpfsBackend, type WebStoreRequest } from './opfs-backend.ts'

/** Methods of a back end that are called from the page. */
export type Method = Exclude<keyof StoreBackend, 'name' | 'layout' | 'writable' | 'indexes'>

let backend: StoreBackend | undefined

const worker = {
  hello: (): Promise<void> => Promise.resolve(),
  open: (name: string, request: WebStoreRequest): Promise<WorkerResult<StoreLayout>> =>
    captureResult(async () => {
      backend = await createOpfsBackend(name, request)
      return backend.layout
    }),
  async call(method: Method, args: readonly unknown[]): Promise<WorkerResult<unknown>> {
    const outcome = await captureResult(() => (backend![method] as (...given: readonly unknown[]) => Promise<unknown>)(...args))
    return transfer(outcome, buffersOf(outcome.value))
  },
}

/** Interface of a store's worker. */
export type StoreWorker = typeof worker

/** Numbers change hands, and are not copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof Float64Array) return [value.buffer as ArrayBuffer]
  const { tensors = {} } = (value ?? {}) as { readonly tensors?: Readonly<Record<string, { readonly data: Float32Array }>> }
  return Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer)
}

expose(worker)
