// However the command is left while it is at work, it ends with a code that scripts expect.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN } from './testing/run-dinokit.ts'

const CAT = fileURLToPath(new URL('../../../examples/first-look/pictures/chelsea.jpg', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  for (let i = 0; i < 40; i++) await cp(CAT, join(folder, `${i}.jpg`))
})
afterAll(() => rm(folder, { recursive: true }))

test.skipIf(process.platform === 'win32').concurrent.each<[string, (child: ChildProcess) => void, number, string]>([
  ['whose reader has seen enough', (child) => child.stdout!.destroy(), 0, ''],
  ['that is terminated', (child) => child.kill('SIGTERM'), 143, 'interrupted\n'],
  ['that is interrupted', (child) => child.kill('SIGINT'), 130, 'interrupted\n'],
])('a command %s ends with its code', async (_, leave, expected, said) => {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), BIN, 'embed', folder, '--json'])
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child.stdout, 'data')
  leave(child)
  child.stdout.resume()
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, stderr]).toEqual([expected, said])
})
