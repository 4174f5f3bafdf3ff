import type { Pixels } from '@dinokit/core'
import { transfer } from 'comlink'
import type { DecodeWorker } from './decode-worker.ts'
import { valueOf } from './outcome.ts'
import type { ReadPixelsOptions } from './read-pixels.ts'
import { startWorker, type StartedWorker } from './start-worker.ts'

let shared: StartedWorker<DecodeWorker> | undefined
let waiting = 0

/**
 * Reads a bitmap's pixels in the page's one decoding worker; the bitmap changes hands. The worker ends when nothing is
 * left to do for a while.
 *
 * @param bitmap - of a picture
 * @param options - see `readPixels`
 * @throws DinokitError `out-of-memory`, `session-failed` where workers can't be started
 */
export async function readPixelsInWorker(bitmap: ImageBitmap, options: ReadPixelsOptions): Promise<Pixels> {
  const worker = (shared ??= startWorker<DecodeWorker>(
    new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module', name: 'dinokit decoding' }),
  ))
  waiting++
  try {
    return valueOf(await worker.call((remote) => remote.readPixels(transfer(bitmap, [bitmap]), options)))
  } catch (error) {
    // The next picture gets another worker.
    worker.end()
    if (shared === worker) shared = undefined
    throw error
  } finally {
    waiting--
    setTimeout(endIdle, IDLE_MS)
  }
}

const IDLE_MS = 10_000

function endIdle(): void {
  if (waiting > 0) return
  shared?.end()
  shared = undefined
}
