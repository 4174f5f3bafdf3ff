import { DinokitError, type OnnxModel } from '@dinokit/core'
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EnginePort, ProcessAnswer, ProcessCall } from './engine-port.ts'
import { writeModel } from './model-file.ts'
import { openSession, type SessionClient } from './session-client.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import type { SessionStart } from './worker-messages.ts'

/**
 * Opens a session in a process of its own, which ends with this thread, however that ends.
 *
 * @throws DinokitError `session-failed`, `disk-full`, `file-unwritable`, `aborted`
 */
export async function openInProcess(
  model: OnnxModel,
  options: SessionStart['options'],
  signal: AbortSignal | undefined,
): Promise<SessionClient> {
  const child = startProcess()
  const tell = (call: ProcessCall): void => {
    // One that has ended says so.
    if (child.connected) child.send(call, () => {})
  }
  // The process removes it where this thread is ended and can't.
  const folder = makeTemporaryFolder(model, (path) => tell({ kind: 'guard', folder: path }))
  try {
    const path = await writeModel(folder.path, model, signal)
    return await openSession(portOf(child, tell), { model: path, options }, signal)
  } catch (cause) {
    if (child.connected) child.disconnect()
    throw cause
  } finally {
    await folder.remove()
  }
}

function startProcess(): ChildProcess {
  try {
    return fork(fileURLToPath(new URL('./engine-process.js', import.meta.url)), {
      // Loaders and debuggers of this process are not its business.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  } catch (cause) {
    throw new DinokitError('session-failed', 'The process that the engine runs in could not be started.', {
      given: String(cause),
      hint: 'A worker thread needs one. Open the model in the main thread where programs may not be started.',
      cause,
    })
  }
}

function portOf(child: ChildProcess, tell: (call: ProcessCall) => void): EnginePort {
  return {
    send: tell,
    onAnswer: (listener) =>
      void child.on('message', (answer: ProcessAnswer) => {
        if (answer.kind !== 'ended') listener(answer)
        // The process has nothing to do after these.
        if (answer.kind === 'ended' || answer.kind === 'released' || answer.kind === 'refused') child.disconnect()
      }),
    onEnd: (listener) => {
      child.on('message', (answer: ProcessAnswer) => answer.kind === 'ended' && listener(answer.reason))
      child.on('error', (cause) => listener(String(cause)))
      child.on('exit', (code, signal) => listener(`its process ended (${signal ?? code})`))
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
