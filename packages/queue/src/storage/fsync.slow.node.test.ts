import { openLanceStore } from '@dinokit/store-node'
import { layoutFor } from '@dinokit/store'
import { canTrace, traceCalls } from '@dinokit/testing/trace-calls'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { open } from 'dinokit'
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openQueues, openStorage, planShards } from '../index.ts'
import { cropImages, hasRedis, MODEL, PHOTO, startRedis } from '../testing/index.ts'

const WORK = fileURLToPath(new URL('../testing/work.ts', import.meta.url))
const IMAGES = 4
const CALLS = 'fsync,fdatasync,rename,renameat,renameat2,unlink'

test.skipIf(!hasRedis || !canTrace)(
  'brings rows to the disk before they count as done with fsync, and not without (needs strace)',
  { timeout: 240_000 },
  async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'dinokit-fsync-')))
    const server = await startRedis()
    try {
      await cropImages(PHOTO, folder, IMAGES, 64)
      const images = (await readdir(join(folder, '000'))).map((id) => ({ id, source: join(folder, '000', id) }))
      await using vision = await open(MODEL)
      /** Files and folders of a store that a worker brings to the disk, by their names in it. */
      const synced = async (name: string, fsync: boolean): Promise<string[]> => {
        const store = join(folder, name)
        await (await openLanceStore(store, { layout: layoutFor(vision) })).close()
        const queues = await openQueues(server.address, name)
        await planShards(queues, await openStorage(store, false), images)
        await queues.close()
        const out = join(folder, `${name}.trace`)
        const options = { queue: server.address, name, store, model: MODEL, threads: 1, fsync, untilDone: true, publishSeconds: 0.1 }
        const run = await traceCalls(CALLS, [...TYPESCRIPT, WORK, JSON.stringify(options)], out, { env: process.env })
        expect(run.code, run.stderr).toBe(0)
        return run.calls.filter((line) => line.includes(store)).map((line) => line.replace(/^\d+ +/, '').replaceAll(store, ''))
      }
      const calls = await synced('safe', true)
      const at = (call: RegExp): number => calls.findIndex((line) => call.test(line))
      const syncOf = (file: RegExp): number => at(new RegExp(String.raw`^f(?:data)?sync\(\d+<${file.source}>`))
      const placed = at(/^rename.*\/queue\/parts\/.*\.safetensors"/)
      const removed = at(/^unlink.*\/queue\/parts\/.*\.safetensors"/)
      // In this order: a file of rows; its name; its folder; the tables' files and folders; the file of rows goes.
      const inOrder = [
        syncOf(/\/queue\/parts\/[^>]*\/\.unfinished-[^>]*/),
        placed,
        syncOf(/\/queue\/parts\/[^/>]+/),
        syncOf(/\/images\.lance\/data\/[^>]+/),
        syncOf(/\/images\.lance\/data/),
        removed,
      ]
      expect(inOrder, calls.join('\n')).toEqual([...inOrder].sort((one, other) => one - other))
      expect(inOrder[0]).toBeGreaterThan(-1)
      expect([syncOf(/\/images\.lance\/_versions\/[^>]+/) > placed, syncOf(/\/images\.lance\/_versions\/[^>]+/) < removed]).toEqual([
        true,
        true,
      ])
      expect((await synced('fast', false)).filter((line) => /^f(?:data)?sync/.test(line))).toEqual([])
    } finally {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
