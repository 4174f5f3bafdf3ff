import { assertNotAborted, type OnnxModel } from '@dinokit/core'
import { engineHost, type EngineHost } from './engine-host.ts'
import { expectWord } from './expect-word.ts'
import { withModelFile } from '../files/model-file.ts'
import { openSession, type EngineErrors, type SessionClient } from './session-client.ts'
import type { SessionStart } from './worker-messages.ts'

/**
 * Opens a session in another process, which ends with this thread, however that ends.
 *
 * @param model - graph and weights
 * @param options - how the engine is to work
 * @param signal - gives up
 * @param place - the process, by default the one of the processor, and what is said of its failures
 * @throws DinokitError `session-failed`, `bundled`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function openInProcess(
  model: OnnxModel,
  options: SessionStart['options'],
  signal: AbortSignal | undefined,
  place: { readonly host?: EngineHost; readonly errors?: EngineErrors; readonly takesTurns?: boolean } = {},
): Promise<SessionClient> {
  assertNotAborted(signal)
  const { host = engineHost(), errors, takesTurns = false } = place
  const port = expectWord(host.startThread())
  let opening = false
  try {
    return await withModelFile(
      model,
      signal,
      (file) => {
        opening = true
        return openSession(port, { model: file, options, takesTurns }, signal, errors)
      },
      host.prefix,
    )
  } catch (cause) {
    // From then on the session sees to it.
    if (!opening) {
      port.send({ kind: 'release' })
      port.unref()
    }
    throw cause
  }
}
