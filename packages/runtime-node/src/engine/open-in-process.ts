import { assertNotAborted, DinokitError, type OnnxModel } from '@dinokit/core'
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EnginePort, ProcessAnswer } from './engine-port.ts'
import { expectWord } from '../images/expect-word.ts'
import { writeModel } from '../files/model-file.ts'
import { openSession, type SessionClient } from './session-client.ts'
import { ownFile } from '../files/own-file.ts'
import { temporaryFolder } from '../files/temporary-folder.ts'
import type { SessionStart } from './worker-messages.ts'

/**
 * Opens a session in a process of its own, which ends with this thread, however that ends.
 *
 * @throws DinokitError `session-failed`, `bundled`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function openInProcess(
  model: OnnxModel,
  options: SessionStart['options'],
  signal: AbortSignal | undefined,
): Promise<SessionClient> {
  assertNotAborted(signal)
  const folder = temporaryFolder(model)
  // It knows the folder before it is made, and removes it where this thread is ended and can't.
  const child = startProcess(folder.path)
  try {
    folder.make()
    const path = await writeModel(folder.path, model, signal)
    return await openSession(expectWord(portOf(child)), { model: path, options }, signal)
  } catch (cause) {
    if (child.connected) child.disconnect()
    throw cause
  } finally {
    await folder.remove()
  }
}

function startProcess(folder: string): ChildProcess {
  const file = fileURLToPath(ownFile(() => new URL('./engine-process.js', import.meta.url)))
  try {
    const child = fork(file, [folder], {
      // Loaders and debuggers of this process are not its business.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    // Told to whoever asks for its end; without a listener it would be thrown.
    child.on('error', () => {})
    return child
  } catch (cause) {
    throw new DinokitError('session-failed', 'The process that the engine runs in could not be started.', {
      given: String(cause),
      hint: 'A worker thread needs one. Open the model in the main thread where programs may not be started.',
      cause,
    })
  }
}

function portOf(child: ChildProcess): EnginePort {
  return {
    send(call) {
      // One that has ended says so by its end.
      if (child.connected) child.send(call, () => {})
    },
    onAnswer: (listener) =>
      void child.on('message', (answer: ProcessAnswer) => {
        if (answer.kind !== 'ended') listener(answer)
        // The process has nothing to do after these.
        if ((answer.kind === 'ended' || answer.kind === 'released' || answer.kind === 'refused') && child.connected) child.disconnect()
      }),
    onEnd: (listener) => {
      const tell = (): void => listener(`its process ended (${child.signalCode ?? child.exitCode ?? 'it did not start'})`)
      child.on('message', (answer: ProcessAnswer) => answer.kind === 'ended' && listener(answer.reason))
      child.on('error', tell).on('exit', tell)
      if (!child.connected) tell()
    },
    ref() {
      child.ref()
      child.channel?.ref()
    },
    unref() {
      child.unref()
      child.channel?.unref()
    },
  }
}
