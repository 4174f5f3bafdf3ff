import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test, vi } from 'vitest'
import { startOf } from './lib/process-start.ts'
import { ownIdentity, readProcessState } from './process-identity.ts'

const onLinux = process.platform === 'linux'
const now = Date.now()
const started = now - process.uptime() * 1000

test.skipIf(!onLinux)('takes a process for the same only if it also started when the identity says', () => {
  const own = ownIdentity()
  expect(readProcessState(own, now)).toBe('running')
  expect(readProcessState({ ...own, started: String(Number(own.started) - 1) }, now)).toBe('gone')
  expect(readProcessState({ ...own, pid: 2 ** 22 + 1, thread: 2 ** 22 + 1 }, now)).toBe('gone')
  expect(readProcessState({ ...own, thread: 2 ** 22 + 1 }, now)).toBe('gone')
})

test.skipIf(!onLinux)('looks up no processes of another pid namespace, boot or host', () => {
  const own = ownIdentity()
  expect(readProcessState({ ...own, place: `${own.place!}1` }, now)).toBe('unsure')
  expect(readProcessState({ ...own, host: 'elsewhere' }, now)).toBe('unsure')
})

test('identities that say no start are understood: a number that is free, our own, another’s', () => {
  const { host, pid } = ownIdentity()
  expect(readProcessState({ host, pid: 2 ** 22 + 1 }, now)).toBe('gone')
  // As the first process of a container finds it that was killed and started again.
  expect(readProcessState({ host, pid }, started - 60_000)).toBe('gone')
  expect(readProcessState({ host, pid }, now)).toBe('running')
  expect(readProcessState({ host, pid: process.ppid }, now)).toBe('unsure')
})

test.skipIf(!onLinux)('counts a killed process as gone before its parent has collected it', async () => {
  // The shell becomes a process that never asks.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  try {
    const [data] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(String(data))
    // Until it became that, it is a shell, which asks.
    await vi.waitFor(async () => expect(await readFile(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n'))
    const child = { ...ownIdentity(), pid, thread: pid, started: startOf(pid, pid)! }
    expect(readProcessState(child, now)).toBe('running')
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '))
    expect(readProcessState(child, now)).toBe('gone')
  } finally {
    parent.kill('SIGKILL')
  }
})

test.skipIf(process.platform === 'win32')('systems without /proc say by ps when a process started', async () => {
  const own = startOf(process.pid, undefined, 'darwin')
  expect(own).toMatch(/^\w{3} \w{3} .*\d\d:\d\d:\d\d \d{4}$/)
  expect(Math.abs(Date.parse(`${own!} UTC`) - started)).toBeLessThan(10_000)
  expect(startOf(process.pid, undefined, 'darwin')).toBe(own)
  // ps tells whole seconds.
  await sleep(1100)
  const child = spawn('sleep', ['60'])
  expect(startOf(child.pid!, undefined, 'darwin')).not.toBe(own)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(startOf(child.pid!, undefined, 'darwin')).toBe(null)
})
