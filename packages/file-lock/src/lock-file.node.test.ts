import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockFile, type FileLockOptions } from './lock-file.ts'
import { ownIdentity } from './process-identity.ts'

const HOLDER = new URL('testing/hold-lock.ts', import.meta.url)
const COUNTER = new URL('testing/count-under-lock.ts', import.meta.url)
const refuse: FileLockOptions = { refuse: (holder) => new Error(`held by ${holder}`) }

let folder: string
let made = 0
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

/** A path for a lock; a file is there already where its text is given. */
async function lockPath(text?: string, age = 0): Promise<string> {
  const path = join(folder, `lock-${made++}`)
  if (text === undefined) return path
  await writeFile(path, text)
  const touched = new Date(Date.now() - age)
  await utimes(path, touched, touched)
  return path
}

async function holds(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'data')
}

test.concurrent('names a living process, and frees its lock as soon as it is killed', async () => {
  const path = await lockPath()
  const child = spawn(process.execPath, [...TYPESCRIPT, fileURLToPath(HOLDER), path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await holds(child)
  await expect(lockFile(path, refuse)).rejects.toThrow(`held by process ${child.pid} on ${hostname()}`)
  child.kill('SIGKILL')
  await once(child, 'close')
  await (await lockFile(path, refuse)).release()
  await expect(readFile(path)).rejects.toThrow('ENOENT')
})

test('rejects a second take by the same process, and gives the lock to who waits', async () => {
  const path = await lockPath()
  const first = await lockFile(path)
  await expect(lockFile(path, refuse)).rejects.toThrow(`held by process ${process.pid}`)
  const order: string[] = []
  const second = lockFile(path).then((lock) => (order.push('taken'), lock))
  order.push('given back')
  await first.release()
  await first.release()
  await (await second).release()
  expect(order).toEqual(['given back', 'taken'])
  await lockFile(path)
  await expect(lockFile(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
})

test.skipIf(process.platform !== 'linux')('ignores a lock whose process number went to another process', async () => {
  const path = await lockPath(JSON.stringify({ ...ownIdentity(), started: '1', token: 'before' }))
  await (await lockFile(path, refuse)).release()
})

test.concurrent('locks of the old form: dead, ours from before, alive, and empty', async () => {
  const host = hostname()
  await (await lockFile(await lockPath(JSON.stringify({ pid: 2 ** 22 + 1, host })), refuse)).release()
  const before = process.uptime() * 1000 + 60_000
  await (await lockFile(await lockPath(JSON.stringify({ pid: process.pid, host }), before), refuse)).release()
  await expect(lockFile(await lockPath(JSON.stringify({ pid: process.pid, host })), refuse)).rejects.toThrow('held by')
  const day = 86_400_000
  const [other, empty] = [await lockPath(JSON.stringify({ pid: process.ppid, host }), day), await lockPath('', day)]
  const [mine, too] = await Promise.all([lockFile(other, refuse), lockFile(empty, refuse)])
  await mine.release()
  await too.release()
})

test.concurrent('respects a holder that can’t be looked up while it touches its lock', async () => {
  const path = await lockPath(JSON.stringify({ pid: 1, host: 'elsewhere' }))
  const asked = lockFile(path, refuse)
  asked.catch(() => {})
  const touch = setInterval(() => void utimes(path, new Date(), new Date()), 300)
  await expect(asked).rejects.toThrow('held by process 1 on elsewhere')
  clearInterval(touch)
})

test
  .skipIf(process.platform !== 'linux')
  .concurrent('a worker thread that was terminated holds nothing, though its process lives', async () => {
    const path = await lockPath()
    const worker = new Worker(HOLDER, { execArgv: [...TYPESCRIPT], workerData: path })
    await once(worker, 'message')
    await expect(lockFile(path, refuse)).rejects.toThrow(`held by process ${process.pid}`)
    await worker.terminate()
    await (await lockFile(path, refuse)).release()
  })

test.concurrent('gives the lock to one at a time of many that find a dead holder', async () => {
  const path = await lockPath(JSON.stringify({ ...ownIdentity(), pid: 2 ** 22 + 1, thread: 2 ** 22 + 1, token: 'dead' }))
  const file = join(folder, 'count')
  await writeFile(file, '0')
  const args = [...TYPESCRIPT, fileURLToPath(COUNTER), path, file, '10']
  const children = [0, 1, 2].map(() => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  const codes = await Promise.all(children.map(async (child) => ((await once(child, 'close')) as number[])[0]))
  expect(codes).toEqual([0, 0, 0])
  expect(await readFile(file, 'utf8')).toBe('30')
  expect((await readdir(folder)).filter((name) => name.includes('.dead'))).toEqual([])
})

test('leaves the lock of another to who lost it', async () => {
  const path = await lockPath()
  const lock = await lockFile(path)
  await writeFile(path, JSON.stringify({ pid: 7, host: 'elsewhere', token: 'theirs' }))
  await lock.release()
  expect(await readFile(path, 'utf8')).toContain('theirs')
})

const CONTAINER = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child']
const containers = process.platform === 'linux' && spawnSync('unshare', [...CONTAINER, 'true']).status === 0

test
  .skipIf(!containers)
  .concurrent('the first process of a container, killed and started again, gets its lock (needs unshare)', async () => {
    const path = await lockPath()
    const start = (): ChildProcess =>
      spawn('unshare', [...CONTAINER, process.execPath, ...TYPESCRIPT, fileURLToPath(HOLDER), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    const first = start()
    await holds(first)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: 1 })
    first.kill('SIGKILL')
    await once(first, 'close')
    const token = await readFile(path, 'utf8')
    // As it looks some time later.
    await utimes(path, new Date(0), new Date(0))
    const second = start()
    await holds(second)
    const now = await readFile(path, 'utf8')
    expect(now).not.toBe(token)
    expect(JSON.parse(now)).toMatchObject({ pid: 1 })
    second.kill('SIGKILL')
    await once(second, 'close')
  })
