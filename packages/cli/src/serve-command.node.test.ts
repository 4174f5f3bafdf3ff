import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BIN, runDinokit } from './testing/run-dinokit.ts'

/** A `dinokit serve` in a process of its own, and what it says. */
async function startServe(...args: string[]): Promise<{ child: ChildProcess; origin: string; code: Promise<number | null> }> {
  const child = spawn(process.execPath, [...TYPESCRIPT, BIN, 'serve', '--port', '0', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const code = new Promise<number | null>((done) => child.on('exit', done))
  const origin = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Listening at (\S+) with tiny/.exec(said)
      if (found) resolve(found[1]!)
    })
    child.on('exit', () => reject(new Error(said)))
  })
  return { child, origin, code }
}

test('loses no accepted request when it is ended in the middle, and exits with 0', async () => {
  const { child, origin, code } = await startServe('--heads', 'classification')
  const body = new Uint8Array(await readFile(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url)))
  const send = (): Promise<number> =>
    fetch(`${origin}/classify`, { method: 'POST', body, headers: { 'content-type': 'image/jpeg' } }).then(async (response) => {
      await response.arrayBuffer()
      return response.status
    })
  expect(await send()).toBe(200)
  const accepted = Array.from({ length: 12 }, send)
  await expect
    .poll(async () => Number(/waiting_images (\d+)$/m.exec(await (await fetch(`${origin}/metrics`)).text())?.[1]))
    .toBeGreaterThan(4)
  child.kill('SIGTERM')
  const later = [send()]
  const answers = await Promise.all(accepted)
  expect(answers).toEqual(answers.map(() => 200))
  // What is sent at the moment of the signal is answered, or told that the server ends.
  expect([200, 503]).toContain(await later[0])
  expect(await code).toBe(0)
})

test('refuses wrong usage before it listens', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  try {
    const run = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await runDinokit(['serve', ...args], { cwd: folder })
      return [code, stderr]
    }
    expect(await run('--heads', 'depth,face')).toEqual([2, expect.stringContaining('There is no head face to serve')])
    await writeFile(join(folder, 'keys.txt'), 'short\n')
    expect(await run('--keys', 'keys.txt')).toEqual([2, expect.stringMatching(/a key that is easily guessed.*openssl rand/)])
    expect(await run('--keys', 'none.txt')).toEqual([2, expect.stringContaining('none.txt can’t be read')])
    expect((await run('--store', 'no.store'))[0]).toBeGreaterThan(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
