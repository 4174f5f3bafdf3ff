import { expect, test } from 'vitest'
import type { EnginePort } from './engine-port.ts'
import { expectWord } from './expect-word.ts'
import { openSession } from './session-client.ts'
import type { WorkerAnswer } from './worker-messages.ts'

test('fails where an engine never answers, and not where it is slow after its first answer', async () => {
  let unrefs = 0
  const silent: EnginePort = { send: () => {}, onAnswer: () => {}, onEnd: () => {}, ref: () => {}, unref: () => unrefs++ }
  const start = { model: 'none.onnx', options: {} }
  await expect(openSession(expectWord(silent, 1), start, undefined)).rejects.toMatchObject({
    code: 'session-failed',
    details: { given: expect.stringContaining('no word') as string },
  })
  expect(unrefs).toBeGreaterThan(0)

  const listeners: ((answer: WorkerAnswer) => void)[] = []
  const slow = expectWord({ ...silent, onAnswer: (listener) => void listeners.push(listener) }, 1)
  const opening = openSession(slow, start, undefined)
  const say = (answer: WorkerAnswer): void => listeners.forEach((listener) => listener(answer))
  say({ kind: 'here' })
  setTimeout(() => say({ kind: 'ready', version: '1', inputs: ['x'], outputs: ['y'] }), 2500)
  expect(await opening).toMatchObject({ inputs: ['x'], outputs: ['y'] })
})
