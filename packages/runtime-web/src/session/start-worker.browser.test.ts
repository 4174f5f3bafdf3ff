import { expect, test } from 'vitest'
import { deviceOfThread, threadName } from '../engine/engine-thread.ts'
import { startWorker } from './start-worker.ts'

interface Hello {
  hello(): Promise<void>
}

/** A worker of this script. */
const worker = (script: string) => (): Worker => new Worker(URL.createObjectURL(new Blob([script])))

test('reports a worker that does not answer, has no file, dies or cannot be made, with a hint', async () => {
  const died: string[] = []
  for (const [name, create, given] of [
    ['silent', worker('onmessage = () => {}'), /no answer within 1 s/],
    ['no file', () => new Worker('/no/such/worker.js', { type: 'module' }), /could not be loaded/],
    ['dies', worker('throw new Error("its own reason")'), /its own reason/],
  ] as const) {
    const started = startWorker<Hello>(create, () => died.push(name), 1)
    await expect(started.call((remote) => remote.hello())).rejects.toMatchObject({
      code: 'session-failed',
      details: { given: expect.stringMatching(given) as string, hint: expect.stringContaining('docs/bundlers.md') as string },
    })
    started.end()
  }
  expect(died).toEqual(['silent', 'no file', 'dies'])
  // As where a bundle has no import.meta.url.
  const refused = (): unknown => startWorker<Hello>(() => new Worker(new URL('./session-worker.js', undefined)))
  expect(refused).toThrow(
    expect.objectContaining({
      code: 'session-failed',
      details: expect.objectContaining({ given: expect.stringContaining('URL') as string }) as object,
    }),
  )
})

test('tells a thread of the engine the build that it belongs to', () => {
  expect([threadName('webgpu'), threadName('wasm'), 'em-pthread', 'dinokit-sessions', ''].map(deviceOfThread)).toEqual([
    'webgpu',
    'wasm',
    'wasm',
    undefined,
    undefined,
  ])
})
