// However a program ends while the engine is at work, it ends with its own code, and leaves nothing behind.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownIdentity } from '@dinokit/file-lock'
import { canReplaceProcess } from './lib/engine-calls.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Ended {
  readonly end: number | string | null
  readonly stdout: string
  readonly stderr: string
}

const LEAVE = fileURLToPath(new URL('testing/leave.ts', import.meta.url))
const onWindows = process.platform === 'win32'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

/** What became of a program: its code or signal, and what it said. The last argument is the side, or the temporary folder. */
function leave(how: string, when: string, last = when === 'copying' ? folder : '2048'): Promise<Ended> {
  return new Promise((done) => {
    const temporary = when === 'copying' ? last : folder
    const env = { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: '1' }
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), LEAVE, how, when, last], { env })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code, signal) => done({ end: signal ?? code, stdout, stderr }))
  })
}

const TRACE = expect.stringContaining('a fault of the application') as string

describe.skipIf(onWindows)('a program that leaves while the engine', () => {
  test.concurrent.each([
    ['opens a model', 'opening', 'exit', 7, ''],
    ['opens a model', 'opening', 'throw', 1, TRACE],
    ['opens a model', 'opening', 'handled', 9, ''],
    ['runs', 'running', 'exit', 7, ''],
    ['runs', 'running', 'reject', 1, TRACE],
    ['runs', 'running', 'SIGTERM', 'SIGTERM', ''],
  ])('%s (%s) by %s ends with its own code', async (_, when, how, end, stderr) => {
    const ended = await leave(how, when)
    expect(ended).toMatchObject({ end, stderr })
    expect(ended.stdout).toBe(when === 'running' && end !== 'SIGTERM' ? 'the end of the application\n' : '')
  })

  test.runIf(canReplaceProcess).concurrent.each([
    ['exit', 7],
    ['throw', 1],
  ])('runs for longer than it is waited for by %s ends with its own code', async (how, end) => {
    expect(await leave(how, 'running', '8192')).toEqual({ end, stdout: 'the end of the application\n', stderr: end === 1 ? TRACE : '' })
  })

  test.concurrent('runs, which is cancelled, waits for nothing', async () => {
    const { end, stderr } = await leave('abort', 'running')
    expect([end, stderr]).toEqual([1, expect.stringContaining('aborted')])
  })

  test.concurrent.each(['exit', 'throw', 'SIGINT', 'SIGTERM'])('waits for a copy of a model by %s leaves no copy', async (how) => {
    const left = join(folder, how)
    await mkdir(left)
    await leave(how, 'copying', left)
    expect(await readdir(left)).toEqual([])
  })

  test.concurrent('waits for a copy of a model and is killed leaves a copy, which the next program removes', async () => {
    const left = join(folder, 'killed')
    const others = ['dinokit-model-of-this-process', 'another']
    for (const name of others) await mkdir(join(left, name), { recursive: true })
    await writeFile(join(left, others[0]!, 'owner.json'), JSON.stringify(ownIdentity()))
    await leave('SIGKILL', 'copying', left)
    expect(await readdir(left)).toHaveLength(3)
    await leave('exit', 'copying', left)
    expect(await readdir(left)).toEqual(others.sort())
  })
})
