import type { OnnxModel } from '@dinokit/core'
import { startEngineThread } from './engine-thread.ts'
import { expectWord } from './expect-word.ts'
import { withModelFile } from '../files/model-file.ts'
import { openSession, type SessionClient } from './session-client.ts'
import type { SessionStart } from './worker-messages.ts'

/**
 * Opens a session on a thread of its own.
 *
 * @throws DinokitError `session-failed`, `bundled`, `disk-full`, `file-unwritable`, `aborted`
 */
export function openOnThread(model: OnnxModel, options: SessionStart['options'], signal: AbortSignal | undefined): Promise<SessionClient> {
  return withModelFile(model, signal, (file) => openSession(expectWord(startEngineThread()), { model: file, options }, signal))
}
