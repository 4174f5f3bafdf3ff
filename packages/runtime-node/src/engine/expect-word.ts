import { watchSilence } from '@dinokit/runtime-kit'
import type { EnginePort } from './engine-port.ts'

/** Seconds for a thread or a process to start. */
const ANSWER_SECONDS = 60

/**
 * Takes an engine that never says a word for ended.
 *
 * @param port - whose first word is that it is there, before the engine is loaded
 * @param seconds - in which that must come
 */
export function expectWord(port: EnginePort, seconds = ANSWER_SECONDS): EnginePort {
  const listeners: ((reason: string) => void)[] = []
  const reason = `no word of it within ${seconds} s`
  let silent = false
  const silence = watchSilence(seconds, () => {
    silent = true
    port.unref()
    for (const listener of listeners) listener(reason)
  })
  port.onAnswer(() => silence.end())
  port.onEnd(() => silence.end())
  return {
    ...port,
    onAnswer: (listener) => port.onAnswer((answer) => answer.kind !== 'here' && listener(answer)),
    onEnd(listener) {
      listeners.push(listener)
      port.onEnd(listener)
      if (silent) listener(reason)
    },
  }
}
