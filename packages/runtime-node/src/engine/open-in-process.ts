import { assertNotAborted, type OnnxModel } from '@dinokit/core'
import { engineHost } from './engine-host.ts'
import { expectWord } from './expect-word.ts'
import { withModelFile } from '../files/model-file.ts'
import { openSession, type SessionClient } from './session-client.ts'
import type { SessionStart } from './worker-messages.ts'

/**
 * Opens a session in another process, which ends with this thread, however that ends.
 *
 * @throws DinokitError `session-failed`, `bundled`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function openInProcess(
  model: OnnxModel,
  options: SessionStart['options'],
  signal: AbortSignal | undefined,
): Promise<SessionClient> {
  assertNotAborted(signal)
  const host = engineHost()
  const port = expectWord(host.startThread())
  let opening = false
  try {
    return await withModelFile(
      model,
      signal,
      (file) => {
        opening = true
        return openSession(port, { model: file, options }, signal)
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
