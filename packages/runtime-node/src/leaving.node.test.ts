// However a program ends while the engine is at work, it ends with its own code, and leaves nothing behind.
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownIdentity } from '@dinokit/file-lock'
import { canReplaceProcess } from './engine/engine-calls.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Ended {
  readonly end: number | string | null
  readonly stdout: string
  readonly stderr: string
  /** Temporary files. */
  readonly left: readonly string[]
}

const LEAVE = fileURLToPath(new URL('testing/leave.ts', import.meta.url))
const LEAVE_WORKER = fileURLToPath(new URL('testing/leave-worker.ts', import.meta.url))
/** Where the engine may be in the main thread, by default or by wish: see create-session.ts. */
const HOSTS = canReplaceProcess ? (['thread', 'process'] as const) : (['process'] as const)
const onWindows = process.platform === 'win32'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Runs a program in a temporary folder of its own, until all of its processes have ended. */
async function leave(program: string, args: readonly string[], temporary?: string): Promise<Ended> {
  const own = temporary ?? (await mkdtemp(join(folder, 'temporary-')))
  const env = { ...process.env, TMPDIR: own }
  const child = spawn(process.execPath, [...TYPESCRIPT, program, ...args], { env })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { end: signal ?? code, stdout, stderr, left: await readdir(own) }
}

const TRACE = expect.stringContaining('a fault of the application') as string

describe.skipIf(onWindows)('a program that leaves while the engine', () => {
  test.concurrent.each([
    { when: 'opening', how: 'exit', end: 7, stderr: '' },
    { when: 'opening', how: 'throw', end: 1, stderr: TRACE },
    { when: 'opening', how: 'handled', end: 9, stderr: '' },
    { when: 'running', how: 'exit', end: 7, stderr: '' },
    { when: 'running', how: 'reject', end: 1, stderr: TRACE },
    { when: 'running', how: 'SIGTERM', end: 'SIGTERM', stderr: '' },
  ])('is $when on a thread ends by $how with its own code', async ({ when, how, end, stderr }) => {
    const ended = await leave(LEAVE, [how, when, 'thread'])
    expect(ended).toMatchObject({ end, stderr })
    expect(ended.stdout).toBe(when === 'running' && end !== 'SIGTERM' ? 'the end of the application\n' : '')
  })

  test.concurrent.each(
    HOSTS.flatMap(
      (host) =>
        [
          [host, 'exit', 7, ''],
          [host, 'throw', 1, TRACE],
          [host, 'SIGTERM', 'SIGTERM', ''],
        ] as const,
    ),
  )('runs for longer than it is waited for, in a %s, by %s ends with its own code', async (host, how, end, stderr) => {
    const stdout = end === 'SIGTERM' ? '' : 'the end of the application\n'
    expect(await leave(LEAVE, [how, 'running', host, '8192'])).toEqual({ end, stdout, stderr, left: [] })
  })

  test.concurrent('opens a model in a process by a handled signal ends with its own code', async () => {
    expect(await leave(LEAVE, ['handled', 'opening', 'process'])).toEqual({ end: 9, stdout: '', stderr: '', left: [] })
  })

  test.concurrent('waits for nothing when it runs and is canceled', async () => {
    expect(await leave(LEAVE, ['abort', 'running', 'thread'])).toMatchObject({
      end: 1,
      stderr: expect.stringContaining('aborted') as string,
    })
  })

  test.concurrent.each([
    ['exit', 7],
    ['throw', 1],
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
  ])('waits for a copy of a model by %s leaves no copy', async (how, end) => {
    expect(await leave(LEAVE, [how, 'copying', HOSTS[0]])).toMatchObject({ end, left: [] })
  })

  test.concurrent('waits for a copy of a model and is killed leaves a copy, which the next program removes', async () => {
    const temporary = join(folder, 'killed')
    const others = ['another', 'dinokit-model-of-this-process']
    for (const name of others) await mkdir(join(temporary, name), { recursive: true })
    await writeFile(join(temporary, others[1]!, 'owner.json'), JSON.stringify(ownIdentity()))
    expect((await leave(LEAVE, ['SIGKILL', 'copying', 'thread'], temporary)).left).toHaveLength(3)
    expect((await leave(LEAVE, ['exit', 'copying', 'thread'], temporary)).left).toEqual(others)
  })
})

describe('a worker thread that is terminated while the engine', () => {
  test.concurrent.each(['opening', 'running', 'copying'])('works for it (%s) leaves the main thread alone', async (when) => {
    expect(await leave(LEAVE_WORKER, [when])).toEqual({ end: 0, stdout: '1\n', stderr: '', left: [] })
  })

  test.skipIf(onWindows).concurrent('waits for a copy of a model goes with the process, and no copy is left', async () => {
    expect(await leave(LEAVE_WORKER, ['copying', 'SIGTERM'])).toEqual({ end: 'SIGTERM', stdout: '', stderr: '', left: [] })
  })
})
