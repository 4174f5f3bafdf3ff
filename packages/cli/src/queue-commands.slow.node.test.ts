import { ENGINES } from '@dinokit/queue/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN, runDinokit, type CommandRun } from './testing/run-dinokit.ts'

const PHOTOS = fileURLToPath(new URL('../../../examples/first-look/images', import.meta.url))

let folder: string
const dinokit = (...args: string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

test.each(ENGINES)(
  'says once that $engine refuses a password, and goes on with the right one',
  { timeout: 120_000 },
  async ({ engine, there, start }) => {
    if (!there) return
    const server = await start()
    try {
      await server.addUser('right')
      const store = `${engine}.store`
      const index = (password: string): Promise<CommandRun> =>
        dinokit('index', PHOTOS, '--store', store, '--queue', server.addressBy(password))
      const worker = (password: string): Promise<CommandRun> =>
        dinokit('worker', '--store', store, '--queue', server.addressBy(password), '--until-done', '--publish-seconds', '0.1')
      const refused = async (run: Promise<CommandRun>): Promise<void> => {
        const { code, stderr } = await run
        expect([code, stderr.match(/refuses this user or password/g)?.length, stderr.includes('wrong')]).toEqual([1, 1, false])
      }
      await refused(index('wrong'))
      expect(await index('right')).toMatchObject({ code: 0 })
      await refused(worker('wrong'))
      await refused(dinokit('jobs', 'status', '--queue', server.addressBy('wrong')))
      await refused(dinokit('jobs', 'retry', '--queue', server.addressBy('wrong')))
      expect(await worker('right')).toMatchObject({ code: 0, stdout: expect.stringContaining('4 added') as string })
    } finally {
      await server.close()
    }
  },
)

describe.each(ENGINES)('while $engine is down', { timeout: 120_000 }, ({ engine, there, start }) => {
  test.skipIf(!there)('SIGTERM ends a worker, and the page of the jobs though it waits for an answer', async () => {
    const server = await start()
    const store = `down-${engine}.store`
    const launch = (...args: string[]): ChildProcess =>
      spawn(process.execPath, [...TYPESCRIPT, BIN, ...args, '--queue', server.address], { cwd: folder })
    try {
      expect(await dinokit('index', PHOTOS, '--store', store, '--queue', server.address)).toMatchObject({ code: 0 })
      const worker = launch('worker', '--store', store, '--verbose')
      const board = launch('jobs', 'board', '--port', '0')
      const [[page]] = (await Promise.all([once(board.stdout!, 'data'), once(worker.stdout!, 'data')])) as [[Buffer], unknown]
      await server.stop()
      const asked = fetch(`${/http:\S+\//.exec(page.toString())![0]}api/queues`).catch(() => {})
      await sleep(1000)
      const ended = Promise.all([once(worker, 'close'), once(board, 'close'), asked])
      worker.kill('SIGTERM')
      board.kill('SIGTERM')
      expect((await ended).slice(0, 2)).toEqual([
        [0, null],
        [0, null],
      ])
    } finally {
      await server.close()
    }
  })
})
