// What docs/network.md says, held by the system's own account of what the programs do: nothing is contacted and nothing is
// written but what was asked for. Skipped where processes can't be traced.
import { canTrace } from '@dinokit/testing/trace-calls'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN } from './testing/run-dinokit.ts'
import { traceProgram, type Trace } from './testing/trace-program.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/first-look/', import.meta.url))
const PHOTOS = join(EXAMPLE, 'images')

let folder: string
let home: string
let temp: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dinokit-network-test-')))
  home = join(folder, 'home')
  temp = join(folder, 'temp')
  for (const path of [home, temp, join(folder, 'work')]) await mkdir(path)
})
afterAll(() => rm(folder, { recursive: true }))

const trace = (...args: readonly string[]): Promise<Trace> =>
  traceProgram(args, join(folder, 'trace'), { cwd: join(folder, 'work'), env: { PATH: process.env.PATH, HOME: home, TMPDIR: temp } })
const outside = ({ written }: Trace, ...allowed: readonly string[]): string[] =>
  written.filter((path) => !allowed.some((folder) => path === folder || path.startsWith(`${folder}/`)))
/** Where what reads our sources keeps what it made of them. */
const SOURCES = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))

describe.skipIf(!canTrace)('the command, traced by strace,', { timeout: 480_000 }, () => {
  test('sees a program that contacts an address and writes at home', async () => {
    // An address that stands for none; connecting a datagram socket sends nothing.
    const contact = `require('dgram').createSocket('udp4').connect(9, '192.0.2.1', function () { this.close() })`
    const write = `require('fs').writeFileSync(process.env.HOME + '/.trace', '')`
    const seen = await trace('-e', `${contact}; ${write}`)
    await rm(join(home, '.trace'))
    expect(seen).toMatchObject({
      code: 0,
      contacted: expect.arrayContaining([expect.stringContaining('192.0.2.1')]),
      written: [join(home, '.trace')],
    })
  })

  test.each([
    ['start', [join(EXAMPLE, 'main.ts')], 'embeddings', () => join(EXAMPLE, 'out')],
    ['index', [BIN, 'index', PHOTOS, '--store', 'a.store'], 'a.store: 4 rows', () => join(folder, 'work/a.store')],
    [
      'search',
      [BIN, 'search', join(PHOTOS, 'chelsea.jpg'), '--store', 'a.store', '--out', 'out/found.png'],
      'chelsea.jpg',
      () => join(folder, 'work/out'),
    ],
  ] as const)('contacts nothing by %s, and writes only what it is asked for', async (_, args, said, out) => {
    const seen = await trace(...TYPESCRIPT, ...args)
    expect(seen).toMatchObject({ code: 0, stdout: expect.stringContaining(said), contacted: [] })
    expect(outside(seen, temp, SOURCES, out())).toEqual([])
    expect(seen.written.some((path) => path.startsWith(out()))).toBe(true)
    expect([await readdir(temp), await readdir(home)]).toEqual([[], []])
  })
})
